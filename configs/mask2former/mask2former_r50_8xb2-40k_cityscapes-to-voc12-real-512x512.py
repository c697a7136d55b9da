# DatasetDM supp. table 9: cars, persons and motorbikes learnt from Cityscapes' images and tested on Pascal VOC 2012
# (IoU 26.4, 32.9 and 28.3). Data: data/cityscapes and data/VOCdevkit/VOC2012 with the labels of
# tools/dataset_converters/domains.py.
_base_ = [
    '../_base_/mask2former.py',
    '../_base_/datasets/domains_mask2former.py',
    'mmseg::mask2former/mask2former_r50_8xb2-160k_ade20k-512x512.py',
]

custom_imports = _base_.mask2former_imports
num_classes = 4
class_weight = [1.0] * num_classes + [0.1]
model = dict(
    decode_head=dict(_base_.mask2former_head, num_classes=num_classes, loss_cls=dict(class_weight=class_weight))
)
data_root = _base_.voc_root
train_pipeline = _base_.mask2former_train_pipeline
test_pipeline = _base_.mask2former_test_pipeline
real, synthetic = _base_.real_cityscapes, _base_.synthetic_cityscapes
train_dataloader = dict(dataset=dict(_delete_=True, **real))
val_dataloader = dict(dataset=dict(_delete_=True, **_base_.domain_voc_val))
test_dataloader = val_dataloader
val_evaluator = dict(_delete_=True, **_base_.domain_evaluator)
test_evaluator = val_evaluator
param_scheduler = _base_.mask2former_40k
train_cfg = dict(max_iters=40000, val_interval=5000)
default_hooks = _base_.mask2former_hooks
