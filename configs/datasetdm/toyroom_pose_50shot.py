# Joints of the people of the built-in world, from those of 50 labelled images, each in a crop of its own.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/pose_toy.py',
    '../_base_/datasets/toyroom_pose.py',
    '../_base_/schedules/decoder_toy.py',
]

custom_imports = dict(
    imports=['mmdatasetdm', 'mmpose.models', 'mmpose.datasets', 'mmpose.evaluation', 'mmdatasetdm.models.pose'],
    allow_failed_imports=False)
default_scope = 'mmpose'
visualizer = dict(type='PoseLocalVisualizer', vis_backends=_base_.vis_backends, name='visualizer')
things = ['person', 'chair', 'table', 'sofa', 'cabinet', 'lamp', 'plant', 'ball', 'vase', 'television', 'bed', 'dog']
model = dict(backbone=dict(text=things, own_text='a room with {objects}', phrases=things))
default_hooks = dict(
    checkpoint=dict(save_best='coco/AP', rule='greater'),
    visualization=dict(type='PoseVisualizationHook', enable=False))
