# Pascal VOC 2012: 5 images a class for training (DatasetDM supp. table 1: 100), 1449 for validation.
_base_ = ['./voc.py', './decoder_512x512.py']

data_root = _base_.voc_root
class_names = _base_.voc_classes
# What is in the image, for a decoder that reads each image with a prompt of its own (prompt_template).
named = dict(type='mmdatasetdm.PresentClasses', classes=class_names, min_fraction=0.001)
train_pipeline = [*_base_.load, _base_.scale_and_crop, named, _base_.drop_names, _base_.pack_seg]
# Validation is told which classes an image shows, not where: as with generated images, whose prompts tell.
test_pipeline = [_base_.load[0], _base_.fit, _base_.load[1], named, _base_.pack_seg]
tta_model = _base_.seg_tta_model
tta_pipeline = [
    test_pipeline[0],
    dict(type='TestTimeAug', transforms=[_base_.flips, *([step] for step in test_pipeline[1:])]),
]
train_dataloader = dict(_base_.train_loader, dataset=dict(_base_.voc_100shot, pipeline=train_pipeline))
val_dataloader = dict(_base_.val_loader, dataset=dict(_base_.voc_val, pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator
