# Paper, table of Cityscapes: Mask2Former Swin-B, 19 classes, setting "real": 9 labelled images (41.1 mIoU).
_base_ = ['./mask2former_r50_8xb2-90k_cityscapes-9shot-real-512x1024.py', '../_base_/models/swin_b.py']

model = dict(
    backbone=_base_.swin_b,
    decode_head=dict(in_channels=_base_.swin_b_channels),
)
optim_wrapper = _base_.swin_b_optimizer
