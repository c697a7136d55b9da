# The depth decoder (DatasetDM supp. 3.3) on the features of Stable Diffusion 1.5: pixel decoder and two convolutions.
model = dict(
    type='mmdatasetdm.DiffusionDepthEstimator',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean=[127.5] * 3,
        std=[127.5] * 3,
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=0,  # 255 would be a depth
        size=(384, 512),
        test_cfg=dict(size_divisor=64),
    ),
    backbone=dict(
        type='mmdatasetdm.DiffusionFeatureBackbone',
        generator='stable-diffusion-v1-5/stable-diffusion-v1-5',
        timestep=1,
        cache=None,
    ),
    decode_head=dict(
        type='mmdatasetdm.DepthDecoderHead',
        max_depth=10.0,
        pixel_decoder=dict(
            type='mmdatasetdm.PixelDecoder',
            feat_channels=256,
            num_memory_levels=3,
            upsample=(2.5,),  # about a third of the image
        ),
        loss=dict(type='mmdatasetdm.SiLogCriterion'),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
