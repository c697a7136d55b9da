# What every decoder of the built-in world starts from: the features of its generator, and a small pixel decoder.
_base_ = './generator_images.py'

backbone = dict(
    type='mmdatasetdm.DiffusionFeatureBackbone',
    generator='toyroom',
    timestep=100,
    cache='work_dirs/feature_cache',
)
pixel_decoder = dict(
    type='mmdatasetdm.PixelDecoder',
    feat_channels=96,
    num_memory_levels=3,
    upsample=(2, 2),  # 16 -> 64, half of 128
    upsample_channels=(64, 32),
)
transformer_decoder = dict(
    type='mmdatasetdm.TransformerDecoder', num_queries=30, num_layers=3, num_heads=4, feedforward_channels=192
)
