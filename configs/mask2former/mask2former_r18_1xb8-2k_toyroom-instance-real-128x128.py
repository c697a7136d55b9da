# mmdet's Mask2Former for instances made small for 128x128 images on a CPU: ResNet-18 of half the width, trained from
# nothing; 64 channels, 2 encoder and 3 decoder layers. Setting "real": 50 labelled images. Another number of labels:
# --cfg-options train_dataloader.dataset.ann_file=Annotations/instances_train_200.json
_base_ = [
    '../_base_/import_mmdatasetdm.py',
    '../_base_/datasets/toyroom_world.py',
    'mmdet::mask2former/mask2former_r50_8xb2-lsj-50e_coco.py',
]

custom_imports = dict(
    imports=[
        'mmdatasetdm',
        'mmdet.models',
        'mmdet.datasets',
        'mmdatasetdm.evaluation.class_agnostic',
        'mmdatasetdm.models.downstream.mask2former',
    ],
    allow_failed_imports=False,
)
dim = 64
num_classes = 12
max_iters = 2000
attention = dict(embed_dims=dim, num_heads=4)
data_preprocessor = dict(batch_augments=None)
model = dict(
    data_preprocessor=data_preprocessor,
    backbone=dict(
        depth=18,
        base_channels=32,
        stem_channels=32,
        norm_cfg=dict(type='BN', requires_grad=True),
        norm_eval=False,
        init_cfg=None,
    ),
    panoptic_head=dict(
        type='mmdatasetdm.InstanceMask2FormerHead',
        in_channels=[32, 64, 128, 256],
        feat_channels=dim,
        out_channels=dim,
        num_things_classes=num_classes,
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
    ),
    panoptic_fusion_head=dict(num_things_classes=num_classes),
    train_cfg=dict(num_points=1024),
    test_cfg=dict(max_per_image=20),
)

data_root = _base_.toyroom_root
metainfo = _base_.toyroom_instance_metainfo
load = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations', with_bbox=True, with_mask=True)]
train_pipeline = [
    *load,
    dict(type='RandomResize', scale=(128, 128), ratio_range=(0.75, 1.75), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(128, 128), crop_type='absolute', recompute_bbox=True, allow_negative_crop=True),
    dict(type='Pad', size=(128, 128)),
    dict(type='RandomFlip', prob=0.5),
    dict(type='FilterAnnotations', min_gt_bbox_wh=(2, 2), by_mask=True, keep_empty=False),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackDetInputs'),
]
meta_keys = ('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor', 'flip', 'flip_direction')
test_pipeline = [
    *load,
    dict(type='PackDetInputs', meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor')),
]
# tools/test.py --tta: what is found in the image and in its mirror image
flips = [dict(type='RandomFlip', prob=0.0), dict(type='RandomFlip', prob=1.0)]
tta_model = dict(type='mmdatasetdm.InstanceTTAModel', max_per_image=20)
tta_pipeline = [
    load[0],
    dict(type='TestTimeAug', transforms=[flips, [load[1]], [dict(type='PackDetInputs', meta_keys=meta_keys)]]),
]
real = dict(
    type='CocoDataset',
    data_root=data_root,
    ann_file='Annotations/instances_train_50.json',
    data_prefix=dict(img='JPEGImages/'),
    metainfo=metainfo,
    filter_cfg=dict(filter_empty_gt=True),
    pipeline=train_pipeline,
)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/toyroom',
    dataset=dict(type='CocoDataset', metainfo=metainfo, filter_cfg=dict(filter_empty_gt=True), pipeline=train_pipeline),
)
test = dict(real, ann_file='Annotations/instances_val.json', pipeline=test_pipeline, test_mode=True)
sampler = dict(_delete_=True, type='InfiniteSampler', shuffle=True)
train_dataloader = dict(
    batch_size=8,
    num_workers=0,
    persistent_workers=False,
    sampler=sampler,
    batch_sampler=None,
    dataset=dict(_delete_=True, **real),
)
val_dataloader = dict(batch_size=10, num_workers=0, persistent_workers=False, dataset=dict(_delete_=True, **test))
test_dataloader = dict(
    val_dataloader, dataset=dict(_delete_=True, **dict(test, ann_file='Annotations/instances_test.json'))
)
val_evaluator = dict(
    _delete_=True, type='CocoMetric', ann_file=f'{data_root}/Annotations/instances_val.json', metric=['segm', 'bbox']
)
test_evaluator = [
    dict(type='CocoMetric', ann_file=f'{data_root}/Annotations/instances_test.json', metric=['segm', 'bbox']),
    dict(type='mmdatasetdm.ClassAgnosticCocoMetric', ann_file=f'{data_root}/Annotations/instances_test.json'),
]

optim_wrapper = dict(
    optimizer=dict(lr=1e-3),
    clip_grad=dict(max_norm=1.0, norm_type=2),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=1.0, decay_mult=1.0))),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=50),
    dict(type='PolyLR', eta_min=0, power=0.9, by_epoch=False, begin=0, end=max_iters),
]
train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=max_iters, val_interval=max_iters)
default_hooks = dict(
    checkpoint=dict(by_epoch=False, interval=max_iters, max_keep_ckpts=2, save_best=None),
    visualization=dict(draw=True, interval=5),
)
auto_scale_lr = dict(base_batch_size=8)
