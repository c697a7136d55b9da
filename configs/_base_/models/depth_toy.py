# The depth decoder, small: for the built-in generator and two cores.
model = dict(
    type='mmdatasetdm.DiffusionDepthEstimator',
    data_preprocessor=dict(
        type='SegDataPreProcessor', mean=[127.5] * 3, std=[127.5] * 3, bgr_to_rgb=True, pad_val=0, size=(128, 128)
    ),
    backbone=dict(
        type='mmdatasetdm.DiffusionFeatureBackbone',
        generator='toyroom',
        timestep=100,
        with_uncond=False,
        cache='work_dirs/feature_cache',
    ),
    decode_head=dict(
        type='mmdatasetdm.DepthDecoderHead',
        max_depth=20.0,
        width=96,
        memory_levels=3,
        upsample=(2, 2),  # 16 -> 64, half of 128
        upsample_widths=(64, 32),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
