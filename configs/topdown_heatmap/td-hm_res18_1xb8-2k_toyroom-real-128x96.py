# mmpose's SimpleBaseline made small for the people of ToyRoom on a CPU: ResNet-18 of half the width, trained from
# nothing. Setting "real": the people of 50 labelled images. Another number of labels:
# --cfg-options train_dataloader.dataset.ann_file=Annotations/person_keypoints_train_200.json
_base_ = [
    '../_base_/import_mmdatasetdm.py',
    '../_base_/datasets/toyroom_world.py',
    '../_base_/schedules/toyroom_scheduler.py',
    'mmpose::body_2d_keypoint/topdown_heatmap/coco/td-hm_res50_8xb64-210e_coco-256x192.py',
]

custom_imports = dict(
    imports=['mmdatasetdm', 'mmpose.models', 'mmpose.datasets', 'mmpose.evaluation'], allow_failed_imports=False
)
max_iters = _base_.toyroom_iters
codec = dict(type='MSRAHeatmap', input_size=(96, 128), heatmap_size=(24, 32), sigma=1.5)
model = dict(
    backbone=dict(depth=18, base_channels=32, stem_channels=32, init_cfg=None),
    head=dict(in_channels=256, deconv_out_channels=(64, 64, 64), decoder=codec),
)

data_root = _base_.toyroom_root
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale'),
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='RandomBBoxTransform', rotate_factor=40.0),
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='PhotometricDistortion'),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs'),
]
val_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale'),
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='PackPoseInputs'),
]
real = dict(_base_.toyroom_persons, pipeline=train_pipeline)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root='data/synthetic/toyroom',
    pipeline=train_pipeline,
    dataset=dict(type='CocoDataset', data_mode='topdown'),
)
# the boxes of the labels, no detector's
test = dict(real, ann_file='Annotations/person_keypoints_val.json', pipeline=val_pipeline, test_mode=True)
train_dataloader = dict(
    batch_size=8,
    num_workers=0,
    persistent_workers=False,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(_delete_=True, **real),
)
val_dataloader = dict(batch_size=20, num_workers=0, persistent_workers=False, dataset=dict(_delete_=True, **test))
test_dataloader = dict(
    val_dataloader, dataset=dict(_delete_=True, **dict(test, ann_file='Annotations/person_keypoints_test.json'))
)
val_evaluator = dict(ann_file=f'{data_root}/Annotations/person_keypoints_val.json')
test_evaluator = dict(ann_file=f'{data_root}/Annotations/person_keypoints_test.json')

optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = _base_.toyroom_scheduler
train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=max_iters, val_interval=max_iters)
default_hooks = dict(
    logger=dict(interval=50), checkpoint=dict(by_epoch=False, interval=max_iters, save_best=None, max_keep_ckpts=2)
)
log_processor = dict(by_epoch=False)
auto_scale_lr = dict(base_batch_size=8)
