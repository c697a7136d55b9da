# mmseg's Mask2Former made small for 128x128 images on a CPU: ResNet-18 of half the width, trained from nothing; 64
# channels, 2 encoder and 3 decoder layers. Setting "real". The data: configs/_base_/datasets/toyroom_real.py,
# written out because the stock config brings data of its own and two bases may not define the same thing.
_base_ = [
    '../_base_/import_mmdatasetdm.py',
    '../_base_/datasets/toyroom_world.py',
    '../_base_/models/mask2former_toyroom.py',
    '../_base_/schedules/toyroom_scheduler.py',
    'mmseg::mask2former/mask2former_r50_8xb2-160k_ade20k-512x512.py',
]

custom_imports = dict(
    imports=['mmdatasetdm', 'mmseg.models', 'mmdet.models', 'mmdatasetdm.models.downstream.mask2former'],
    allow_failed_imports=False,
)
num_classes = 13
max_iters = _base_.toyroom_iters
model = dict(
    data_preprocessor=dict(size=(128, 128)),
    backbone=dict(
        depth=18, base_channels=32, stem_channels=32, norm_cfg=dict(type='BN', requires_grad=True), init_cfg=None
    ),
    decode_head=dict(
        _base_.small_mask2former_head,
        type='mmdatasetdm.SemanticMask2FormerHead',
        num_classes=num_classes,
        loss_cls=dict(class_weight=[1.0] * num_classes + [0.1]),
        train_cfg=dict(num_points=1024),
    ),
)

data_root = _base_.toyroom_root
metainfo = _base_.toyroom_metainfo
train_pipeline = _base_.toyroom_augmentations
test_pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')]
real = dict(_base_.toyroom_semantic, pipeline=train_pipeline)
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

optim_wrapper = _base_.mask2former_from_nothing
param_scheduler = _base_.toyroom_scheduler
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
default_hooks = dict(
    checkpoint=dict(interval=max_iters, max_keep_ckpts=2, save_best=None), visualization=dict(draw=True, interval=25)
)
auto_scale_lr = dict(base_batch_size=8)
