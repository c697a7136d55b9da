# The depth decoder, small: for the built-in generator and two cores.
_base_ = './toyroom_features.py'

model = dict(
    type='mmdatasetdm.DiffusionDepthEstimator',
    data_preprocessor=dict(_base_.seg_preprocessor, size=(128, 128)),
    backbone=_base_.backbone,
    decode_head=dict(
        type='mmdatasetdm.DepthDecoderHead',
        max_depth=20.0,
        pixel_decoder=_base_.pixel_decoder,
        loss=dict(type='mmdatasetdm.SiLogCriterion'),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
