# The paper's decoder of any names, from 30 labelled images of each of 15 classes of Pascal VOC 2012 (DatasetDM supp.
# 2.6 and 3.1): it labels the other five by their names. Stable Diffusion 1.5, Adam, lr 1e-3, 50k steps of one image.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/openvocab_sd15.py',
    '../_base_/datasets/voc_450shot_zeroshot.py',
    '../_base_/schedules/decoder_50k.py',
]

names = tuple(_base_.voc_class_prompts.get(name, name) for name in _base_.class_names[1:])
model = dict(
    backbone=dict(prompt_template='a photo of {classes}', class_prompts=_base_.voc_class_prompts, class_phrases=names),
    decode_head=dict(phrase_classes=list(range(1, 21))),
)
