# Paper, table of Cityscapes: Mask2Former R50, 19 classes, setting "real": 9 labelled images (36.8 mIoU).
# The stock config on the images of configs/datasetdm. Data: data/cityscapes.
_base_ = [
    '../_base_/mask2former.py',
    '../_base_/datasets/cityscapes_9shot_mask2former.py',
    'mmseg::mask2former/mask2former_r50_8xb2-90k_cityscapes-512x1024.py',
]

custom_imports = _base_.mask2former_imports
model = dict(decode_head=_base_.mask2former_head)
data_root = _base_.cityscapes_root
train_pipeline = _base_.mask2former_train_pipeline
test_pipeline = _base_.mask2former_test_pipeline
train_dataloader = dict(dataset=dict(_delete_=True, **_base_.real))
val_dataloader = dict(dataset=dict(_delete_=True, **_base_.cityscapes_val))
test_dataloader = val_dataloader
val_evaluator = dict(type='mmdatasetdm.ClassIoUMetric')
test_evaluator = val_evaluator
default_hooks = _base_.mask2former_hooks
