# The paper's decoder for objects, small: for the built-in generator and two cores.
model = dict(
    type='mmdatasetdm.DiffusionMaskFormer',
    data_preprocessor=dict(
        type='DetDataPreprocessor',
        mean=[127.5] * 3,
        std=[127.5] * 3,
        bgr_to_rgb=True,
        pad_size_divisor=64,
        pad_mask=True,
    ),
    backbone=dict(
        type='mmdatasetdm.DiffusionFeatureBackbone',
        generator='toyroom',
        timestep=100,
        with_uncond=False,
        cache='work_dirs/feature_cache',
    ),
    panoptic_head=dict(
        type='mmdatasetdm.InstanceDecoderHead',
        num_classes=12,
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
    panoptic_fusion_head=dict(type='MaskFormerFusionHead', loss_panoptic=None),
    train_cfg=dict(),
    test_cfg=dict(panoptic_on=False, semantic_on=False, instance_on=True, max_per_image=20),
)
