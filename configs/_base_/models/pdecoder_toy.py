# The same decoder, small: for the built-in generator and two cores.
model = dict(
    type='mmdatasetdm.DiffusionSegmentor',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean=[127.5] * 3,
        std=[127.5] * 3,
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
        size=(128, 128),
    ),
    backbone=dict(
        type='mmdatasetdm.DiffusionFeatureBackbone',
        generator='toyroom',
        timestep=100,
        with_uncond=False,
        cache='work_dirs/feature_cache',
    ),
    decode_head=dict(
        type='mmdatasetdm.PDecoderHead',
        num_classes=13,
        width=96,
        queries=30,
        layers=3,
        heads=4,
        feedforward=192,
        memory_levels=3,
        upsample=(2, 2),  # 16 -> 64, half of 128
        upsample_widths=(64, 32),
        num_points=1024,
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
