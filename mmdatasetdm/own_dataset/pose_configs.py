"""The config files of keypoints: decoder, recipe, SimpleBaseline and study, which take the facts from theirs."""

from __future__ import annotations

from mmdatasetdm.own_dataset.configs import LOADERS, RECIPE, STOCK_MODELS, STUDY, fill, generator_values

POSE_IMAGES = """\
swap = {one: other for pair in flip_pairs for one, other in (pair, pair[::-1])}
metainfo = dict(
    dataset_name='NAME',
    keypoint_info={
        index: dict(
            name=one,
            id=index,
            color=[51, 153, 255],
            type='upper' if one in upper_body else 'lower' if one in lower_body else '',
            swap=swap.get(one, ''),
        )
        for index, one in enumerate(keypoints)
    },
    skeleton_info={index: dict(link=bone, id=index, color=[0, 255, 0]) for index, bone in enumerate(skeleton)},
    joint_weights=[1.0] * len(keypoints),
    sigmas=sigmas,
)
# The COCO files are in this folder, the images where they were.
data_folder = '{{ fileDirname }}'
train_images = dict(
    type='CocoDataset',
    data_mode='topdown',
    data_root=data_folder,
    ann_file='keypoints_train.json',
    data_prefix=dict(img=image_folder),
    metainfo=metainfo,
)
# the boxes of the labels, no detector's
val_images = dict(train_images, ann_file='keypoints_val.json', test_mode=True)
"""

_DECODER = (
    """\
# A decoder of keypoints for the data set NAME, each person in a crop of its own:  python tools/train.py THIS
_base_ = [
    './NAME_facts.py',
    'mmdatasetdm::_base_/pose_runtime.py',
    'mmdatasetdm::_base_/models/MODEL.py',
    'mmdatasetdm::_base_/schedules/SCHEDULE.py',
]
side = SIDE  # of the crops that the generator reads, in pixels
# the heat maps are as large as the pixel decoder's maps
codec = dict(type='MSRAHeatmap', input_size=(side, side), heatmap_size=(HEATMAP, HEATMAP), sigma=SIGMA)
model = dict(
    # no cache: no crop comes twice
    backbone=dict(generator=_base_.generator, class_phrases=_base_.words, cache=None),
    neck=dict(pixel_decoder=dict(upsample=UPSAMPLE)),
    head=dict(out_channels=len(_base_.keypoints), decoder=codec),
)
default_hooks = dict(visualization=dict(_delete_=True, type='PoseVisualizationHook', enable=False))

# DatasetDM supp. 1.3: scale, crop, flip, rotation.
# Wide crops too: in a generated image a person is sought in the whole.
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='RandomBBoxTransform', scale_factor=(0.9, 1.8), rotate_factor=30.0),
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs'),
]
test_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='PackPoseInputs'),
]
# mmpose's inferencer asks for these two
dataset_type = 'CocoDataset'
data_mode = 'topdown'
"""
    # a keypoint metric counts each person once
    + LOADERS.replace('shuffle=False)', 'shuffle=False, round_up=False)')
    + """\
val_evaluator = dict(type='CocoMetric', ann_file=_base_.data_folder + '/keypoints_val.json')
test_evaluator = val_evaluator
"""
)
_SIMPLEBASELINE = """\
# A stock model, mmpose's SimpleBaseline, on the labelled images of NAME and the generated ones.
_base_ = [
    './NAME_facts.py',
    'mmdatasetdm::_base_/import_mmdatasetdm.py',
    'mmpose::body_2d_keypoint/topdown_heatmap/coco/td-hm_res50_8xb64-210e_coco-256x192.py',
]
custom_imports = dict(
    imports=['mmdatasetdm', 'mmpose.models', 'mmpose.datasets', 'mmpose.evaluation'], allow_failed_imports=False
)
ratio = [1, 1]  # real : synthetic
model = dict(head=dict(out_channels=len(_base_.keypoints)))
real = dict(type='mmdatasetdm.FewShotDataset', dataset=_base_.train_images, pipeline=_base_.train_pipeline)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root=_base_.synthetic_root,
    dataset=dict(
        type='CocoDataset', data_mode='topdown', metainfo=_base_.metainfo, pipeline=_base_.train_pipeline
    ),
)
train_dataloader = dict(
    sampler=dict(_delete_=True, type='mmdatasetdm.RatioSampler', ratio=ratio),
    # CLASSES: a copy of the files' categories, which nothing trains on
    dataset=dict(_delete_=True, type='ConcatDataset', ignore_keys='CLASSES', datasets=[real, synthetic]),
)
val_dataloader = dict(
    dataset=dict(
        _delete_=True, type='mmdatasetdm.FewShotDataset', dataset=_base_.val_images, pipeline=_base_.val_pipeline
    )
)
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=_base_.data_folder + '/keypoints_val.json')
test_evaluator = val_evaluator
# the stock schedule is of 118,000 images; the learning rate falls at about the same shares of this one
max_iters = 40000
train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=max_iters, val_interval=5000)
param_scheduler = [
    dict(type='LinearLR', begin=0, end=500, start_factor=0.001, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=max_iters, milestones=[32000, 38000], gamma=0.1, by_epoch=False),
]
# the last checkpoint is the result
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=5000, save_best=None))
log_processor = dict(by_epoch=False)
"""


def pose_configs(name: str, *, generator: str, count: int) -> dict[str, str]:
    """The configs of decoder, recipe, SimpleBaseline and study, by the names of their files.

    Args:
        name: of the data set.
        generator: a small decoder goes with the built-in one, else one of the paper's size.
        count: of training images.
    """
    values = generator_values(
        generator,
        small=dict(MODEL='pose_toyroom', SIDE='128', HEATMAP='64', SIGMA='2', BATCH='8'),
        large=dict(MODEL='pose_sd15'),
        rule="dict(type='KeypointConfidence', at_least=0.55)",
    )
    values |= dict(
        TASK='pose',
        OPTIONS="""person=_base_.class_names[0],
        visible=0.3,  # score of a keypoint that counts as seen
        labelled=0.1,""",
        FORMAT='coco',
        METRIC="dict(key='coco/AP', name='AP', scale=100.0, empty=0.0)",
    )
    texts = dict(decoder=_DECODER, recipe=RECIPE, simplebaseline=_SIMPLEBASELINE, study=STUDY)
    return fill(texts, values, name=name, model=STOCK_MODELS['pose'], count=count)
