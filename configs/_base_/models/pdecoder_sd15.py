# The paper's decoder (DatasetDM supp. 3.2) on the features of Stable Diffusion 1.5. Images: RGB in [-1, 1].
_base_ = './sd15_features.py'

model = dict(
    type='mmdatasetdm.DiffusionSegmentor',
    data_preprocessor=dict(
        _base_.seg_preprocessor,
        seg_pad_val=255,
        size=(512, 512),
        test_cfg=dict(size=(512, 512)),
    ),
    backbone=_base_.backbone,
    decode_head=dict(
        type='mmdatasetdm.PDecoderHead',
        num_classes=21,
        pixel_decoder=_base_.pixel_decoder,
        transformer_decoder=dict(
            type='mmdatasetdm.TransformerDecoder',
            num_queries=100,
            num_layers=9,  # and the prediction before the first: the paper's 10
            num_heads=8,
            feedforward_channels=2048,
        ),
        loss=dict(type='mmdatasetdm.SetCriterion', num_points=12544),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
