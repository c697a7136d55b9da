# What the decoders of the two domains have in common.
_base_ = ['./domains.py', './decoder_512x512.py']

class_names = _base_.domain_classes
named = dict(type='mmdatasetdm.PresentClasses', classes=class_names, min_fraction=0.001)
train_pipeline = [*_base_.load, _base_.scale_and_crop, named, _base_.drop_names, _base_.pack_seg]
tta_model = _base_.seg_tta_model
val_evaluator = _base_.domain_evaluator
test_evaluator = val_evaluator
