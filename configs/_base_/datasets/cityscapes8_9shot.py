# Cityscapes with 8 classes, of which void is one, for training a decoder: 9 images (DatasetDM supp.
# table 1), 500 for validation.
_base_ = ['./cityscapes8.py', './decoder_512x512.py']

data_root = _base_.cityscapes_root
class_names = _base_.cityscapes8_classes
named = dict(type='mmdatasetdm.PresentClasses', classes=class_names, min_fraction=0.001, background='Void')
scale_and_crop = dict(_base_.scale_and_crop, variants=640)
train_pipeline = [*_base_.load, scale_and_crop, named, _base_.drop_names, _base_.pack_seg]
test_pipeline = [_base_.load[0], _base_.cityscapes_fit, _base_.load[1], named, _base_.pack_seg]
tta_pipeline = [
    test_pipeline[0],
    dict(type='TestTimeAug', transforms=[_base_.flips, *([step] for step in test_pipeline[1:])]),
]
tta_model = _base_.seg_tta_model
train_dataloader = dict(_base_.train_loader, dataset=dict(_base_.cityscapes8_9shot, pipeline=train_pipeline))
val_dataloader = dict(_base_.val_loader, dataset=dict(_base_.cityscapes8_val, pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = _base_.cityscapes8_evaluator
test_evaluator = val_evaluator
