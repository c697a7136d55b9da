# DatasetDM supp. table 4: Mask2Former Swin-B on VOC 2012, setting "real": 100 labelled images (65.2 mIoU).
_base_ = ['./mask2former_r50_8xb2-40k_voc12-100shot-real-512x512.py', '../_base_/models/swin_b.py']

model = dict(
    data_preprocessor=dict(test_cfg=None),  # as in mmseg's Swin-B config
    backbone=_base_.swin_b,
    decode_head=dict(in_channels=_base_.swin_b_channels),
)
optim_wrapper = _base_.swin_b_optimizer
