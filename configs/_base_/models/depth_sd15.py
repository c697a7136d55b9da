# The depth decoder (DatasetDM supp. 3.3) on the features of Stable Diffusion 1.5: pixel decoder and two convolutions.
_base_ = './sd15_features.py'

model = dict(
    type='mmdatasetdm.DiffusionDepthEstimator',
    data_preprocessor=dict(
        _base_.seg_preprocessor,
        seg_pad_val=0,  # 255 would be a depth
        size=(384, 512),
        test_cfg=dict(size_divisor=64),
    ),
    backbone=_base_.backbone,
    decode_head=dict(
        type='mmdatasetdm.DepthDecoderHead',
        max_depth=10.0,
        pixel_decoder=_base_.pixel_decoder,
        loss=dict(type='mmdatasetdm.SiLogCriterion'),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
