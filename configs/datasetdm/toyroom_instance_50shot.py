# Objects of the built-in world from 50 labelled images, on the same features as the semantic decoder.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/models/instance_toy.py',
    '../_base_/datasets/toyroom_instance.py',
    '../_base_/schedules/decoder_toy.py',
]

custom_imports = dict(
    imports=['mmdatasetdm', 'mmdet.models', 'mmdet.datasets', 'mmdatasetdm.models.instance',
             'mmdatasetdm.evaluation.agnostic'],
    allow_failed_imports=False)
default_scope = 'mmdet'
visualizer = dict(type='DetLocalVisualizer', vis_backends=_base_.vis_backends, name='visualizer')
things = list(_base_.class_names)
model = dict(backbone=dict(text=things, own_text='a room with {objects}', phrases=things))
default_hooks = dict(
    checkpoint=dict(save_best='coco/segm_mAP', rule='greater'),
    visualization=dict(type='DetVisualizationHook'))
