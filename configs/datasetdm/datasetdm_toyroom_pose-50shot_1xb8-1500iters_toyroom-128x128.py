# Joints of the people of the built-in world, from those of 50 labelled images, each in a crop of its own.
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/models/pose_toyroom.py',
    '../_base_/datasets/toyroom_pose.py',
    '../_base_/schedules/decoder_500iters.py',
]

names = _base_.toyroom_classes[1:]
# The autoencoder's features, of every 4th and 2nd pixel, are finer than the denoiser's, of every 8th. No cache: no crop
# comes twice.
model = dict(
    backbone=dict(prompt_template='a room with {classes}', class_phrases=names, vae_strides=(4, 2), cache=None),
    neck=dict(pixel_decoder=dict(fine_channels=(32, 64), upsample=(), upsample_channels=())),
)
max_iters = 1500
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=max_iters)]
train_cfg = dict(max_iters=max_iters, val_interval=max_iters // 3)
default_hooks = dict(
    checkpoint=dict(interval=max_iters // 3),
    visualization=dict(_delete_=True, type='PoseVisualizationHook', enable=False),
)
