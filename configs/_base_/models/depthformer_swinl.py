# DepthFormer with Swin-L, as in the paper's table.
_base_ = './depthformer_swint.py'

channels = [64, 192, 384, 768, 1536]
model = dict(
    backbone=dict(
        embed_dims=192,
        depths=(2, 2, 18, 2),
        num_heads=(6, 12, 24, 48),
        pretrained='https://github.com/SwinTransformer/storage/releases/download/v1.0.0/'
        'swin_large_patch4_window7_224_22k.pth',
    ),
    neck=dict(channels=channels, feat_channels=512),
    decode_head=dict(channels=channels),
)
