# The same decoder, small: for the built-in generator and two cores.
_base_ = './toyroom_features.py'

model = dict(
    type='mmdatasetdm.DiffusionSegmentor',
    data_preprocessor=dict(
        _base_.seg_preprocessor,
        seg_pad_val=255,
        size=(128, 128),
    ),
    backbone=_base_.backbone,
    decode_head=dict(
        type='mmdatasetdm.PDecoderHead',
        num_classes=13,
        pixel_decoder=_base_.pixel_decoder,
        transformer_decoder=_base_.transformer_decoder,
        loss=dict(type='mmdatasetdm.SetCriterion', num_points=1024),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
