# DatasetDM supp. table 5: Mask2Former R50 on DeepFashion-MM, 24 classes, setting "real": 31.2 mIoU from 100 labelled
# images, --cfg-options train_dataloader.dataset.cover=100. Supp. table 1 has 120. Data: data/deepfashion.
_base_ = [
    '../_base_/mask2former.py',
    '../_base_/datasets/deepfashion_120shot_mask2former.py',
    'mmseg::mask2former/mask2former_r50_8xb2-160k_ade20k-512x512.py',
]

custom_imports = _base_.mask2former_imports
num_classes = 24
class_weight = [1.0] * num_classes + [0.1]
model = dict(
    decode_head=dict(_base_.mask2former_head, num_classes=num_classes, loss_cls=dict(class_weight=class_weight))
)
data_root = _base_.deepfashion_root
train_pipeline = _base_.mask2former_train_pipeline
test_pipeline = _base_.mask2former_test_pipeline
train_dataloader = dict(dataset=dict(_delete_=True, **_base_.real))
val_dataloader = dict(dataset=dict(_delete_=True, **_base_.deepfashion_val))
test_dataloader = val_dataloader
val_evaluator = dict(type='mmdatasetdm.ClassIoUMetric')
test_evaluator = val_evaluator
param_scheduler = _base_.mask2former_40k
train_cfg = dict(max_iters=40000, val_interval=5000)
default_hooks = _base_.mask2former_hooks
