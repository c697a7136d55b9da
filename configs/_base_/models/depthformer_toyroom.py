# DepthFormer made small for 128x128 images on a CPU, trained from nothing; without dropout, which so small a network
# does not need, and whose end shifts the statistics of the batch normalization behind it: all depths come out a tenth
# too small.
_base_ = './depthformer_swint.py'

channels = [16, 24, 48, 96, 192]
model = dict(
    data_preprocessor=dict(size=(128, 128)),
    backbone=dict(
        embed_dims=24,
        depths=(1, 1, 2, 1),
        num_heads=(1, 2, 4, 8),
        window_size=4,
        drop_path_rate=0.0,
        stem_channels=16,
        pretrained=None,
    ),
    neck=dict(channels=channels, feat_channels=32, num_heads=4, num_points=2, dropout=0.0),
    decode_head=dict(channels=channels, max_depth=20.0),
    test_cfg=dict(_delete_=True, mode='whole'),
)
