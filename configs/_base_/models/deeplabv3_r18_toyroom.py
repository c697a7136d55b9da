# mmseg's DeepLabV3 made small for 128x128 images on a CPU, as deeplabv3plus_r18_toyroom.py: ResNet-18 of a quarter of
# the width, trained from nothing, no auxiliary head. Output stride 8 as in the stock model, which adds nothing finer.
_base_ = ['../import_mmdatasetdm.py', 'mmseg::_base_/models/deeplabv3_r50-d8.py']

norm_cfg = dict(type='BN', requires_grad=True)
data_preprocessor = dict(size=(128, 128))
model = dict(
    pretrained=None,
    data_preprocessor=data_preprocessor,
    backbone=dict(depth=18, base_channels=16, stem_channels=16, norm_cfg=norm_cfg),
    decode_head=dict(
        in_channels=128,
        channels=48,
        dilations=(1, 2, 4, 6),
        num_classes=13,
        norm_cfg=norm_cfg,
        # 85 % of the pixels are background: with all pixels alike the small classes are learnt much later
        loss_decode=dict(_delete_=True, type='mmdatasetdm.WeightedCrossEntropyLoss', class_weight=[0.2] + [1.0] * 12),
    ),
    auxiliary_head=None,
)
