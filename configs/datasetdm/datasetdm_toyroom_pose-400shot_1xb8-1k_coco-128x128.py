# Real photographs on the built-in generator, which never saw one: this shows the code path, not the method's strength.
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/models/pose_toyroom.py',
    '../_base_/datasets/coco_pose.py',
    '../_base_/schedules/decoder_500iters.py',
]

max_iters = 1000
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=max_iters)]
train_cfg = dict(max_iters=max_iters, val_interval=max_iters // 2)
default_hooks = dict(
    checkpoint=dict(interval=max_iters // 2),
    visualization=dict(_delete_=True, type='PoseVisualizationHook', enable=False),
)
