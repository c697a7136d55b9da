# The runtime of a decoder in mmpose.
_base_ = './default_runtime.py'

custom_imports = dict(
    imports=[
        'mmdatasetdm',
        'mmpose.models',
        'mmpose.datasets',
        'mmpose.evaluation',
        'mmdatasetdm.models.pose_estimators',
    ],
    allow_failed_imports=False,
)
default_scope = 'mmpose'
visualizer = dict(type='PoseLocalVisualizer', vis_backends=_base_.vis_backends, name='visualizer')
