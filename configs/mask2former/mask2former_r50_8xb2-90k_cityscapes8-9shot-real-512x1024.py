# Paper, table of Cityscapes: Mask2Former R50, 8 classes (DatasetDM supp. table 3), setting "real": 9 labelled images
# (71.5 mIoU). Data: data/cityscapes with the labels of tools/dataset_converters/cityscapes.py.
_base_ = [
    '../_base_/mask2former.py',
    '../_base_/datasets/cityscapes8_9shot_mask2former.py',
    'mmseg::mask2former/mask2former_r50_8xb2-90k_cityscapes-512x1024.py',
]

custom_imports = _base_.mask2former_imports
num_classes = 8
class_weight = [1.0] * num_classes + [0.1]
model = dict(
    decode_head=dict(_base_.mask2former_head, num_classes=num_classes, loss_cls=dict(class_weight=class_weight))
)
data_root = _base_.cityscapes_root
train_pipeline = _base_.mask2former_train_pipeline
test_pipeline = _base_.mask2former_test_pipeline
train_dataloader = dict(dataset=dict(_delete_=True, **_base_.real))
val_dataloader = dict(dataset=dict(_delete_=True, **_base_.cityscapes8_val))
test_dataloader = val_dataloader
val_evaluator = _base_.cityscapes8_evaluator
test_evaluator = val_evaluator
default_hooks = _base_.mask2former_hooks
