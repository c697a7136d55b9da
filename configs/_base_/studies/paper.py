# What the studies of the paper's tables have in common: one seed, as the paper, and what they take.
seeds = (0,)
# What --dry-run estimates hours and disk from (docs/reproduce.md): put in the numbers of your own machine. What is
# finished counts with the seconds that it took.
costs = dict(
    machine='one V100',
    # mmseg's model zoo trains DeepLabV3+ R101 on two images of 1024x512 px in 0.85 s on this GPU, in single precision.
    # Those are 3 passes over each image, a backward pass being two; a pass is counted as below, from mmseg's config.
    operations_per_second=2 * 3 * 1014.9e9 / 0.85,
    # operations of a pass over one image at the size of training, and parameters, as counted by
    #   python tools/benchmark.py networks CONFIG
    networks={
        'deeplabv3_r101-*': (694.2e9, 87.1e6),
        'deeplabv3plus_mobilenet-*': (136.1e9, 15.2e6),
        'deeplabv3plus_r50-*': (352.4e9, 43.6e6),
        'depthformer_swinl_*': (713.3e9, 273.7e6),
        'mask2former_r50_*-512x512': (133.7e9, 44.0e6),
        'mask2former_r50_*-512x1024': (264.1e9, 44.0e6),
        'mask2former_r50_*-lsj-*': (521.2e9, 44.0e6),
        'mask2former_r101_*-512x512': (172.5e9, 63.0e6),
        'mask2former_swin-b-*-512x512': (275.7e9, 106.9e6),
        'mask2former_swin-b-*-512x1024': (541.8e9, 106.9e6),
        'mask2former_swin-b-*-lsj-*': (1066.7e9, 106.9e6),
        'td-hm_hrnet-w32_*-256x192': (15.3e9, 28.5e6),
        'td-hm_hrnet-w32_*-384x288': (34.4e9, 28.5e6),
        'td-hm_res50_*': (10.9e9, 34.0e6),
    },
    # a day for 50k iterations (DatasetDM supp. 1.3), which 37 M parameters make
    decoder=24 * 3600 / 50000,
    decoder_parameters=37e6,
    # a pass of Stable Diffusion 1.5, as counted by python tools/benchmark.py generators
    generator=0.80e12,
    # a photograph as PNG takes about two bytes a pixel, a label map a tenth of one
    image_bytes=2.0,
    label_bytes=0.1,
)
