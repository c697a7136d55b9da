# DatasetDM supp. table 7: Mask2Former R101 on VOC 2012, trained on 40k images that configs/generate/voc_zeroshot.py
# makes with labels of 20 classes, of which its decoder saw 15 (seen 65.1, unseen 51.1, harmonic mean 57.1).
_base_ = [
    '../_base_/mask2former.py',
    '../_base_/datasets/voc_450shot_zeroshot_mask2former.py',
    'mmseg::mask2former/mask2former_r101_8xb2-160k_ade20k-512x512.py',
]

custom_imports = _base_.mask2former_imports
data_root = _base_.voc_root
train_pipeline = _base_.mask2former_train_pipeline
test_pipeline = _base_.mask2former_test_pipeline
num_classes = 21
class_weight = [1.0] * num_classes + [0.1]
model = dict(
    decode_head=dict(_base_.mask2former_head, num_classes=num_classes, loss_cls=dict(class_weight=class_weight))
)
train_dataloader = dict(dataset=dict(_delete_=True, **_base_.synthetic))
val_dataloader = dict(dataset=dict(_delete_=True, **_base_.voc_val))
test_dataloader = val_dataloader
val_evaluator = dict(_delete_=True, **_base_.zeroshot_evaluator)
test_evaluator = val_evaluator
param_scheduler = _base_.mask2former_40k
train_cfg = dict(max_iters=40000, val_interval=5000)
default_hooks = _base_.mask2former_hooks
