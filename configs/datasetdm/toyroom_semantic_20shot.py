# A decoder of the built-in world from 20 labelled images.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/pdecoder_toy.py',
    '../_base_/datasets/toyroom.py',
    '../_base_/schedules/decoder_toy.py',
]

# The pass reads the names of all classes, the same for every image; each name's attention is a feature.
things = _base_.class_names[1:]
model = dict(backbone=dict(text=things, phrases=things))
