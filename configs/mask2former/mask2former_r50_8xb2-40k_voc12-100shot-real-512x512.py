# Paper, table of VOC 2012: Mask2Former R50, setting "real": 100 labelled images (43.4 mIoU).
# The stock ADE20K config with VOC's images and 40k iterations. Data: data/VOCdevkit/VOC2012.
_base_ = [
    '../_base_/mask2former.py',
    '../_base_/datasets/voc_100shot_mask2former.py',
    'mmseg::mask2former/mask2former_r50_8xb2-160k_ade20k-512x512.py',
]

custom_imports = _base_.mask2former_imports
num_classes = 21
class_weight = [1.0] * num_classes + [0.1]
model = dict(
    decode_head=dict(_base_.mask2former_head, num_classes=num_classes, loss_cls=dict(class_weight=class_weight))
)
data_root = _base_.voc_root
train_pipeline = _base_.mask2former_train_pipeline
test_pipeline = _base_.mask2former_test_pipeline
train_dataloader = dict(dataset=dict(_delete_=True, **_base_.real))
val_dataloader = dict(dataset=dict(_delete_=True, **_base_.voc_val))
test_dataloader = val_dataloader
param_scheduler = _base_.mask2former_40k
train_cfg = dict(max_iters=40000, val_interval=5000)
default_hooks = _base_.mask2former_hooks
