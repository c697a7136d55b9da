# The paper's decoder for DeepFashion-MM's 24 classes from 120 labelled images (DatasetDM supp. table 1): Stable
# Diffusion 1.5, Adam, lr 1e-3, 50k steps of one image. The 100 of supp. table 5:
# --cfg-options train_dataloader.dataset.cover=100
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/pdecoder_sd15.py',
    '../_base_/datasets/deepfashion_120shot.py',
    '../_base_/schedules/decoder_50k.py',
]

words = _base_.deepfashion_class_prompts
names = tuple(words.get(name, name) for name in _base_.class_names[1:])
model = dict(
    backbone=dict(prompt_template='a photo of a person with {classes}', class_prompts=words, class_phrases=names),
    decode_head=dict(num_classes=24),
)
