# The same from the same images with one class, "object": what the paper trains and evaluates on COCO.
_base_ = [
    '../_base_/det_runtime.py',
    '../_base_/models/instance_sd15.py',
    '../_base_/datasets/coco_400shot_instance-agnostic.py',
    '../_base_/schedules/decoder_50k.py',
]

# No word names every object: the pass has no text.
model = dict(panoptic_head=dict(num_classes=1))
default_hooks = dict(visualization=dict(type='DetVisualizationHook'))
