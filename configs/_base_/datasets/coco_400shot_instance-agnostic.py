# COCO 2017 instances of one class, "object", for training a decoder: the 400 images of coco_400shot_instance.py.
_base_ = './coco_400shot_instance.py'

class_names = _base_.coco_agnostic_classes
named = dict(classes=class_names)
train_pipeline = [dict(step, classes=class_names) if 'Present' in step.type else step for step in _base_.train_pipeline]
test_pipeline = [dict(step, classes=class_names) if 'Present' in step.type else step for step in _base_.test_pipeline]
tta_pipeline = [
    test_pipeline[0],
    dict(_base_.tta_pipeline[1], transforms=[_base_.flips, *([step] for step in test_pipeline[1:])]),
]
train_dataloader = dict(dataset=dict(one_class='object', pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(one_class='object', pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = [_base_.coco_agnostic_evaluator]
test_evaluator = val_evaluator
