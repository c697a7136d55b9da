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
        transformer_decoder=_base_.transformer_decoder,
        loss=_base_.mask_loss,
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
