# Zero-shot Pascal VOC 2012 for training an open-vocabulary decoder: 450 images of 15 classes; validation on all 20.
_base_ = ['./voc_zeroshot.py', './decoder_512x512.py']

data_root = _base_.voc_root
class_names = _base_.voc_classes
named = dict(type='mmdatasetdm.PresentClasses', classes=class_names, min_fraction=0.001)
# An open-vocabulary decoder looks for no class that the text lacks: what is of a dropped name teaches nothing.
drop_names = dict(_base_.drop_names, unnamed='ignore', classes=class_names)
# the list has no image of an unseen class; another list may
hide = dict(type='mmdatasetdm.HideClasses', classes=class_names, hidden=_base_.voc_unseen)
scale_and_crop = dict(_base_.scale_and_crop, variants=16)
train_pipeline = [*_base_.load, hide, scale_and_crop, named, drop_names, _base_.pack_seg]
test_pipeline = [_base_.load[0], _base_.fit, _base_.load[1], named, _base_.pack_seg]
tta_model = _base_.seg_tta_model
tta_pipeline = [
    test_pipeline[0],
    dict(type='TestTimeAug', transforms=[_base_.flips, *([step] for step in test_pipeline[1:])]),
]
train_dataloader = dict(_base_.train_loader, dataset=dict(_base_.voc_450shot, pipeline=train_pipeline))
val_dataloader = dict(_base_.val_loader, dataset=dict(_base_.voc_val, pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(type='mmdatasetdm.ZeroShotIoUMetric', unseen=_base_.voc_unseen)
test_evaluator = val_evaluator
