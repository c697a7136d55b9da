# Metric depth of the built-in world from 50 labelled images, on the same features as the semantic decoder.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/depth_toyroom.py',
    '../_base_/datasets/toyroom_depth.py',
    '../_base_/schedules/decoder_500iters.py',
]

names = _base_.toyroom_classes[1:]
model = dict(backbone=dict(prompt_template='a room with {classes}', class_phrases=names))
