# What every decoder on Stable Diffusion 1.5 starts from: its features, and its parts (DatasetDM supp. 3.2).
_base_ = './generator_images.py'

backbone = dict(
    type='mmdatasetdm.DiffusionFeatureBackbone',
    generator='stable-diffusion-v1-5/stable-diffusion-v1-5',
    timestep=1,
    # The autoencoder's code of each crop is kept, 32 KiB of it: encoding is more than half of what the generator has to
    # compute. The training data have a fixed number of crops; where they are new each time, set cache=None.
    cache='work_dirs/feature_cache',
    cache_level='latents',
)
pixel_decoder = dict(
    type='mmdatasetdm.PixelDecoder',
    feat_channels=256,
    num_memory_levels=3,
    upsample=(2.5,),  # 64 -> 160, about a third of 512
)
transformer_decoder = dict(
    type='mmdatasetdm.TransformerDecoder',
    num_queries=100,
    num_layers=9,  # and the prediction before the first: the paper's 10
    num_heads=8,
    feedforward_channels=2048,
)
mask_loss = dict(type='mmdatasetdm.SetCriterion', num_points=12544)
