# The paper's decoder for Pascal VOC 2012 from 100 labelled images: Stable Diffusion 1.5, Adam, lr 1e-3, 50k steps of
# one image. Local copies: --cfg-options model.backbone.generator=DIR train_dataloader.dataset.dataset.data_root=DIR
# (and the same of val_dataloader and test_dataloader; or the variable MMDATASETDM_VOC for all three).
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/pdecoder_sd15.py',
    '../_base_/datasets/voc_100shot.py',
    '../_base_/schedules/decoder_50k.py',
]

# The classes in words that the text encoder knows (at most 77 tokens); the attention to each is a feature. A pass reads
# the names of the classes that its image shows.
names = tuple(_base_.voc_class_prompts.get(name, name) for name in _base_.class_names[1:])
model = dict(
    backbone=dict(prompt_template='a photo of {classes}', class_prompts=_base_.voc_class_prompts, class_phrases=names),
    decode_head=dict(num_classes=21, transformer_decoder=dict(num_queries=20)),
)
