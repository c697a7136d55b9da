# The same from 9 labelled images of Cityscapes, where riders are persons; tested on Pascal VOC 2012.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/pdecoder_sd15.py',
    '../_base_/datasets/domains_cityscapes_9shot.py',
    '../_base_/schedules/decoder_50k.py',
]

model = dict(
    backbone=dict(prompt_template='a city street with {classes}', class_phrases=_base_.class_names[1:]),
    decode_head=dict(num_classes=4, transformer_decoder=dict(num_queries=20)),
)
