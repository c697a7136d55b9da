# Paper, table of COCO instances: Mask2Former Swin-B, setting "real": 400 labelled images; 11.3 AP, whatever the class.
_base_ = ['./mask2former_r50_8xb2-lsj-40k_coco-400shot-instance-real.py', '../_base_/models/swin_b.py']

model = dict(
    backbone=_base_.swin_b,
    panoptic_head=dict(in_channels=_base_.swin_b_channels),
)
optim_wrapper = _base_.swin_b_optimizer
