# COCO 2017 instances of 80 classes for training a decoder: 400 images (DatasetDM supp. table 1).
_base_ = ['./coco_instances.py', './decoder_instances_512x512.py']

data_root = _base_.coco_root
class_names = _base_.coco_classes
named = dict(type='mmdatasetdm.PresentClasses', classes=class_names, background=None)
train_pipeline = [
    *_base_.load_objects,
    _base_.scale_and_crop_objects,
    _base_.large_enough,
    named,
    _base_.drop_names,
    _base_.pack_det,
]
test_pipeline = [_base_.load_objects[0], _base_.fit, _base_.load_objects[1], named, _base_.pack_det]
tta_model = dict(type='mmdatasetdm.InstanceTTAModel')
tta_pipeline = [
    test_pipeline[0],
    dict(type='TestTimeAug', transforms=[_base_.flips, *([step] for step in test_pipeline[1:])]),
]
train_dataloader = dict(_base_.train_loader, dataset=dict(_base_.coco_400shot, pipeline=train_pipeline))
val_dataloader = dict(_base_.val_loader, dataset=dict(_base_.coco_val, pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = _base_.coco_evaluators
test_evaluator = val_evaluator
