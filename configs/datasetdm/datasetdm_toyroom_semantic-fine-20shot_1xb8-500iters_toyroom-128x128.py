# The autoencoder's features at strides 4 and 2 in the place of bare upsampling (not in
# the paper): what is thinner than a latent pixel, 8 px, is in them. 2.6 times the disk: 623 KiB an image and variant.
_base_ = './datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py'

model = dict(
    backbone=dict(vae_strides=(4, 2)),
    decode_head=dict(pixel_decoder=dict(fine_channels=(32, 64), upsample=(), upsample_channels=())),
)
