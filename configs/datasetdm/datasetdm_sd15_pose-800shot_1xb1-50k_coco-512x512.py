# The paper's decoder for COCO's keypoints from 800 labelled images (DatasetDM supp. table 1): Stable Diffusion 1.5,
# Adam, lr 1e-3, 50k steps of one person, in a crop of its own.
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/models/pose_sd15.py',
    '../_base_/datasets/coco_800shot_pose.py',
    '../_base_/schedules/decoder_50k.py',
]

# every crop shows one person, and so do the generated images
model = dict(backbone=dict(class_phrases=('person',)), head=dict(decoder=_base_.codec))
default_hooks = dict(visualization=dict(_delete_=True, type='PoseVisualizationHook', enable=False))
