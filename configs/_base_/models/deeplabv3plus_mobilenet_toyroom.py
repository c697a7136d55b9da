# mmseg's DeepLabV3+ with MobileNetV2 made small for 128x128 images on a CPU: half the width at output stride 16,
# trained from nothing.
_base_ = './deeplabv3plus_r18_toyroom.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='MobileNetV2',
        widen_factor=0.5,
        strides=(1, 2, 2, 2, 1, 1, 1),
        dilations=(1, 1, 1, 1, 1, 2, 2),
        out_indices=(1, 2, 4, 6),
        norm_cfg=dict(type='BN', requires_grad=True),
    ),
    decode_head=dict(in_channels=160, c1_in_channels=16),
)
