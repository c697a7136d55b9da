# A decoder of the built-in world from 20 labelled images.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/pdecoder_toyroom.py',
    '../_base_/datasets/toyroom.py',
    '../_base_/schedules/decoder_500iters.py',
]

# The pass reads the names of the classes that an image shows (a generated one: of those in its prompt); each name's
# attention is a feature. An image of which nothing is known is read with the names of all classes.
names = _base_.class_names[1:]
model = dict(backbone=dict(prompt_template='a room with {classes}', class_phrases=names))
