# What the studies of the paper's tables have in common: one seed, as the paper, and what they take.
seeds = (0,)
# The rule of --dry-run: iterations times seconds, images times bytes. The decoder's seconds are the paper's (a day for
# 50k iterations, DatasetDM supp. 1.3); all others are estimates, not measured: put in those of your machine. What is
# finished counts with the seconds that it took.
costs = dict(
    machine='one V100, estimated',
    decoder=1.73,
    sample=4.0,
    label=0.5,
    # an iteration of the whole batch: 16 images, 512 persons of COCO
    models=dict(
        deeplabv3_r101=9.0,
        deeplabv3plus_mobilenet=2.0,
        deeplabv3plus_mobilenet_crop=2.0,
        deeplabv3plus_r50=5.0,
        deeplabv3plus_r50_crop=5.0,
        depthformer_swin_l=20.0,
        hrnet_w32=10.0,
        hrnet_w32_384x288=22.0,
        mask2former_r50=7.0,
        mask2former_r50_crop=7.0,
        mask2former_r101=9.0,
        mask2former_swin_b=14.0,
        mask2former_swin_b_100=14.0,
        mask2former_swin_b_400=14.0,
        mask2former_swin_b_4k=14.0,
        mask2former_swin_b_crop=14.0,
        simplebaseline_r50=6.0,
    ),
    # a PNG of 512x512 px, its label and its latent in half precision; a label alone
    image_bytes=550e3,
    label_bytes=20e3,
    # 37 M parameters with Adam's two moments, twice
    decoder_bytes=0.9e9,
    # those that a schedule keeps, without the optimizer
    model_bytes=dict(
        deeplabv3_r101=3.5e9,
        deeplabv3plus_mobilenet=0.6e9,
        deeplabv3plus_mobilenet_crop=0.6e9,
        deeplabv3plus_r50=1.7e9,
        deeplabv3plus_r50_crop=1.7e9,
        depthformer_swin_l=2.2e9,
        hrnet_w32=1.2e9,
        hrnet_w32_384x288=1.2e9,
        mask2former_r50=1.4e9,
        mask2former_r50_crop=1.4e9,
        mask2former_r101=2.0e9,
        mask2former_swin_b=3.4e9,
        mask2former_swin_b_100=3.4e9,
        mask2former_swin_b_400=3.4e9,
        mask2former_swin_b_4k=3.4e9,
        mask2former_swin_b_crop=3.4e9,
        simplebaseline_r50=1.4e9,
    ),
)
