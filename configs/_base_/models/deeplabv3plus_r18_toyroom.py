# mmseg's DeepLabV3+ made small for 128x128 images on a CPU: ResNet-18 of a quarter of the width at output stride 16,
# trained from nothing, no auxiliary head; 0.85 M parameters. BN, not SyncBN, which does not run on a CPU.
_base_ = ['../import_mmdatasetdm.py', 'mmseg::_base_/models/deeplabv3plus_r50-d8.py']

norm_cfg = dict(type='BN', requires_grad=True)
data_preprocessor = dict(size=(128, 128))
model = dict(
    pretrained=None,
    data_preprocessor=data_preprocessor,
    backbone=dict(
        depth=18, base_channels=16, stem_channels=16, strides=(1, 2, 2, 1), dilations=(1, 1, 1, 2), norm_cfg=norm_cfg
    ),
    decode_head=dict(
        in_channels=128,
        channels=48,
        dilations=(1, 2, 3, 4),
        c1_in_channels=16,
        c1_channels=24,
        num_classes=13,
        norm_cfg=norm_cfg,
        # 85 % of the pixels are background: with all pixels alike the small classes are learnt much later
        loss_decode=dict(_delete_=True, type='mmdatasetdm.WeightedCrossEntropyLoss', class_weight=[0.2] + [1.0] * 12),
    ),
    auxiliary_head=None,
)
