# DatasetDM supp. table 4: DeepLabV3+ MobileNet on VOC 2012, setting "real": 100 labelled images (40.5 mIoU).
# The R50 config with MobileNetV2 as in mmseg's mobilenet_v2/mobilenet-v2-d8_deeplabv3plus_4xb4-160k_ade20k-512x512.py.
_base_ = './deeplabv3plus_r50-d8_4xb4-40k_voc12-100shot-real-512x512.py'

model = dict(
    pretrained='mmcls://mobilenet_v2',
    backbone=dict(
        _delete_=True,
        type='MobileNetV2',
        widen_factor=1.0,
        strides=(1, 2, 2, 1, 1, 1, 1),
        dilations=(1, 1, 1, 2, 2, 4, 4),
        out_indices=(1, 2, 4, 6),
        norm_cfg=dict(type='SyncBN', requires_grad=True),
    ),
    decode_head=dict(in_channels=320, c1_in_channels=24),
    auxiliary_head=dict(in_channels=96),
)
