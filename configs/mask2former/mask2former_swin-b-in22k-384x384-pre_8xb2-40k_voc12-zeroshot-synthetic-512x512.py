# DatasetDM supp. table 7: Mask2Former Swin-B, as R101 beside it (seen 78.8, unseen 60.5, harmonic mean 68.4).
_base_ = ['./mask2former_r101_8xb2-40k_voc12-zeroshot-synthetic-512x512.py', '../_base_/models/swin_b.py']

model = dict(
    data_preprocessor=dict(test_cfg=None),  # as in mmseg's Swin-B config
    backbone=_base_.swin_b,
    decode_head=dict(in_channels=_base_.swin_b_channels),
)
optim_wrapper = _base_.swin_b_optimizer
