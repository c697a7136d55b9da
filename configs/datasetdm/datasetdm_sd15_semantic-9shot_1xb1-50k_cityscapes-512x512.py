# The paper's decoder for Cityscapes' 19 classes from 9 labelled images (DatasetDM supp. table 1): Stable Diffusion 1.5,
# Adam, lr 1e-3, 50k steps of one crop.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/pdecoder_sd15.py',
    '../_base_/datasets/cityscapes_9shot.py',
    '../_base_/schedules/decoder_50k.py',
]

words = _base_.cityscapes_class_prompts
names = tuple(words.get(name, name) for name in _base_.class_names)
model = dict(
    backbone=dict(prompt_template='a city street with {classes}', class_prompts=words, class_phrases=names),
    decode_head=dict(num_classes=19),
)
