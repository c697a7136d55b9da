# Real photographs on the built-in generator, which never saw one: this shows the code path, not the method's strength.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/pose_toyroom.py',
    '../_base_/datasets/coco_pose.py',
    '../_base_/schedules/decoder_500iters.py',
]

custom_imports = dict(
    imports=[
        'mmdatasetdm',
        'mmpose.models',
        'mmpose.datasets',
        'mmpose.evaluation',
        'mmdatasetdm.models.pose_estimators',
    ],
    allow_failed_imports=False,
)
default_scope = 'mmpose'
visualizer = dict(type='PoseLocalVisualizer', vis_backends=_base_.vis_backends, name='visualizer')
max_iters = 1000
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=30),
    dict(type='PolyLR', power=0.9, eta_min=0, by_epoch=False, begin=30, end=max_iters),
]
train_cfg = dict(max_iters=max_iters, val_interval=max_iters // 2)
default_hooks = dict(
    checkpoint=dict(interval=max_iters // 2),
    visualization=dict(_delete_=True, type='PoseVisualizationHook', enable=False),
)
