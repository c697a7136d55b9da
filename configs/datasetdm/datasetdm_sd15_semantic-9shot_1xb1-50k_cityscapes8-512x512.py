# The same with 8 classes, of which void is one (DatasetDM supp. table 3: sidewalks are void).
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/pdecoder_sd15.py',
    '../_base_/datasets/cityscapes8_9shot.py',
    '../_base_/schedules/decoder_50k.py',
]

words = _base_.cityscapes8_class_prompts
model = dict(
    backbone=dict(
        prompt_template='a city street with {classes}', class_prompts=words, class_phrases=tuple(words.values())
    ),
    decode_head=dict(num_classes=8),
)
