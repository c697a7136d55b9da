# Cars, persons and motorbikes from 33 labelled images of each in Pascal VOC 2012 (DatasetDM supp. table 9): what is
# trained on the images that it labels is tested on Cityscapes.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/pdecoder_sd15.py',
    '../_base_/datasets/domains_voc_99shot.py',
    '../_base_/schedules/decoder_50k.py',
]

model = dict(
    backbone=dict(prompt_template='a photo of {classes}', class_phrases=_base_.class_names[1:]),
    decode_head=dict(num_classes=4, transformer_decoder=dict(num_queries=20)),
)
