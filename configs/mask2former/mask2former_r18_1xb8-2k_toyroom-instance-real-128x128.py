# mmdet's Mask2Former for instances made small for 128x128 images on a CPU: ResNet-18 of half the width, trained from
# nothing; 64 channels, 2 encoder and 3 decoder layers. Setting "real": 50 labelled images. Another number of labels:
# --cfg-options train_dataloader.dataset.ann_file=Annotations/instances_train_200.json
_base_ = [
    '../_base_/import_mmdet.py',
    '../_base_/datasets/toyroom_world.py',
    '../_base_/datasets/decoder_transforms.py',
    '../_base_/models/mask2former_toyroom.py',
    '../_base_/schedules/toyroom_scheduler.py',
    'mmdet::mask2former/mask2former_r50_8xb2-lsj-50e_coco.py',
]

num_classes = 12
max_iters = _base_.toyroom_iters
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
        _base_.small_mask2former_head,
        type='mmdatasetdm.InstanceMask2FormerHead',
        num_things_classes=num_classes,
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
test_pipeline = [
    *load,
    dict(type='PackDetInputs', meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor')),
]
# tools/test.py --tta: what is found in the image and in its mirror image
tta_model = dict(type='mmdatasetdm.InstanceTTAModel', max_per_image=20)
tta_pipeline = [
    load[0],
    dict(type='TestTimeAug', transforms=[_base_.flips, [load[1]], [_base_.pack_det_tta]]),
]
real = dict(_base_.toyroom_instances, pipeline=train_pipeline)
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

optim_wrapper = _base_.mask2former_from_nothing
param_scheduler = _base_.toyroom_scheduler
train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=max_iters, val_interval=max_iters)
default_hooks = dict(
    checkpoint=dict(by_epoch=False, interval=max_iters, max_keep_ckpts=2, save_best=None),
    visualization=dict(draw=True, interval=5),
)
auto_scale_lr = dict(base_batch_size=8)
