# The runtime of a decoder in mmdet.
_base_ = './default_runtime.py'

custom_imports = dict(
    imports=[
        'mmdatasetdm',
        'mmdet.models',
        'mmdet.datasets',
        'mmdatasetdm.models.detectors',
        'mmdatasetdm.evaluation.class_agnostic',
    ],
    allow_failed_imports=False,
)
default_scope = 'mmdet'
visualizer = dict(type='DetLocalVisualizer', vis_backends=_base_.vis_backends, name='visualizer')
