# DepthFormer with Swin-T for NYU's range of depths; from nothing unless pretrained names Swin's official checkpoint.
channels = [64, 96, 192, 384, 768]
model = dict(
    type='DepthEstimator',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=0,  # 255 would be a depth
        size=(416, 544),
        test_cfg=dict(size_divisor=32),
    ),
    backbone=dict(
        type='mmdatasetdm.StemSwinTransformer',
        pretrained='https://github.com/SwinTransformer/storage/releases/download/v1.0.0/'
        'swin_tiny_patch4_window7_224.pth',
    ),
    neck=dict(type='mmdatasetdm.HAHINeck', channels=channels, feat_channels=256),
    decode_head=dict(type='mmdatasetdm.DenseDepthHead', channels=channels, max_depth=10.0),
    train_cfg=dict(),
    # the mean of the image and of its mirror image, as the original tests; one window, whatever the image's size
    test_cfg=dict(mode='slide_flip', crop_size=(10000, 10000), stride=(10000, 10000)),
)
