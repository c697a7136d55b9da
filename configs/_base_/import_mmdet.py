# Mask2Former for instances needs these of ours, and mmdet's own parts before them.
_base_ = './import_mmdatasetdm.py'

custom_imports = dict(
    imports=[
        'mmdatasetdm',
        'mmdet.models',
        'mmdet.datasets',
        'mmdatasetdm.evaluation.class_agnostic',
        'mmdatasetdm.models.downstream.mask2former',
    ],
    allow_failed_imports=False,
)
