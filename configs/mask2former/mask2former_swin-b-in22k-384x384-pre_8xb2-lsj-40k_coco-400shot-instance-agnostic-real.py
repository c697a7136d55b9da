# The same with Swin-B (paper, setting "real": 11.3 AP).
_base_ = ['./mask2former_r50_8xb2-lsj-40k_coco-400shot-instance-agnostic-real.py', '../_base_/models/swin_b.py']

model = dict(
    backbone=_base_.swin_b,
    panoptic_head=dict(in_channels=_base_.swin_b_channels),
)
optim_wrapper = _base_.swin_b_optimizer
