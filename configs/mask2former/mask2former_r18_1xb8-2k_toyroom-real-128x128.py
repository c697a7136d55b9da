# mmseg's Mask2Former made small for 128x128 images on a CPU: ResNet-18 of half the width, trained from nothing; 64
# channels, 2 encoder and 3 decoder layers. Setting "real". The data: configs/_base_/datasets/toyroom_real.py,
# written out because the stock config brings data of its own and two bases may not define the same thing.
_base_ = [
    '../_base_/import_mmdatasetdm.py',
    '../_base_/datasets/toyroom_world.py',
    'mmseg::mask2former/mask2former_r50_8xb2-160k_ade20k-512x512.py',
]

custom_imports = dict(
    imports=['mmdatasetdm', 'mmseg.models', 'mmdet.models', 'mmdatasetdm.models.downstream.mask2former'],
    allow_failed_imports=False,
)
dim = 64
num_classes = 13
max_iters = 2000
attention = dict(embed_dims=dim, num_heads=4)
model = dict(
    data_preprocessor=dict(size=(128, 128)),
    backbone=dict(
        depth=18, base_channels=32, stem_channels=32, norm_cfg=dict(type='BN', requires_grad=True), init_cfg=None
    ),
    decode_head=dict(
        type='mmdatasetdm.SemanticMask2FormerHead',
        in_channels=[32, 64, 128, 256],
        feat_channels=dim,
        out_channels=dim,
        num_classes=num_classes,
        num_queries=20,
        pixel_decoder=dict(
            norm_cfg=dict(type='GN', num_groups=8),
            encoder=dict(
                num_layers=2,
                layer_cfg=dict(self_attn_cfg=attention, ffn_cfg=dict(embed_dims=dim, feedforward_channels=128)),
            ),
            positional_encoding=dict(num_feats=dim // 2),
        ),
        positional_encoding=dict(num_feats=dim // 2),
        transformer_decoder=dict(
            num_layers=3,
            layer_cfg=dict(
                self_attn_cfg=attention,
                cross_attn_cfg=attention,
                ffn_cfg=dict(embed_dims=dim, feedforward_channels=256),
            ),
        ),
        loss_cls=dict(class_weight=[1.0] * num_classes + [0.1]),
        train_cfg=dict(num_points=1024),
    ),
)

data_root = _base_.toyroom_root
metainfo = _base_.toyroom_metainfo
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomResize', scale=(128, 128), ratio_range=(0.75, 1.75), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(128, 128), cat_max_ratio=0.95),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs'),
]
test_pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')]
real = dict(
    type='BaseSegDataset',
    data_root=data_root,
    ann_file='ImageSets/Segmentation/train_20.txt',
    data_prefix=dict(img_path='JPEGImages', seg_map_path='SegmentationClass'),
    metainfo=metainfo,
    pipeline=train_pipeline,
)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/toyroom',
    dataset=dict(type='BaseSegDataset', metainfo=metainfo, pipeline=train_pipeline),
)
test = dict(real, ann_file='ImageSets/Segmentation/val.txt', pipeline=test_pipeline, test_mode=True)
train_dataloader = dict(batch_size=8, num_workers=0, persistent_workers=False, dataset=dict(_delete_=True, **real))
# a batch of one: photographs of several sizes would be padded to one, which their predictions see
val_dataloader = dict(batch_size=1, num_workers=0, persistent_workers=False, dataset=dict(_delete_=True, **test))
test_dataloader = dict(
    val_dataloader, dataset=dict(_delete_=True, **dict(test, ann_file='ImageSets/Segmentation/test.txt'))
)
val_evaluator = dict(_delete_=True, type='mmdatasetdm.ClassIoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator

optim_wrapper = dict(
    optimizer=dict(lr=1e-3),
    clip_grad=dict(max_norm=1.0, norm_type=2),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=1.0, decay_mult=1.0))),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=50),
    dict(type='PolyLR', eta_min=0, power=0.9, by_epoch=False, begin=0, end=max_iters),
]
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
default_hooks = dict(
    checkpoint=dict(interval=max_iters, max_keep_ckpts=2, save_best=None), visualization=dict(draw=True, interval=25)
)
auto_scale_lr = dict(base_batch_size=8)
