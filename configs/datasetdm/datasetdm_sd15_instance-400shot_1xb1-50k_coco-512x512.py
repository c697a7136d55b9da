# The paper's decoder for COCO's instances from 400 labelled images (DatasetDM supp. table 1): Stable Diffusion 1.5,
# Adam, lr 1e-3, 50k steps of one image. 800: --cfg-options train_dataloader.dataset.per_class=10. The real 80
# classes; the config "agnostic" beside it knows one, as the paper's does.
_base_ = [
    '../_base_/det_runtime.py',
    '../_base_/models/instance_sd15.py',
    '../_base_/datasets/coco_400shot_instance.py',
    '../_base_/schedules/decoder_50k.py',
]

# The names are more than the text encoder's 77 tokens: an image of which nothing is known is read in several passes.
model = dict(
    backbone=dict(prompt_template='a photo of {classes}', class_phrases=_base_.class_names),
    panoptic_head=dict(num_classes=80),
)
default_hooks = dict(visualization=dict(type='DetVisualizationHook'))
