"""The config files of objects with masks: decoder, recipe, Mask2Former and study, which take the facts from theirs."""

from __future__ import annotations

from mmdatasetdm.own_dataset.configs import LOADERS, RECIPE, STOCK_MODELS, STUDY, fill, generator_values

INSTANCE_IMAGES = """\
# The COCO files are in this folder, the images where they were.
data_folder = '{{ fileDirname }}'
metainfo = dict(classes=class_names, palette=palette)
train_images = dict(
    type='CocoDataset',
    data_root=data_folder,
    ann_file='instances_train.json',
    data_prefix=dict(img=image_folder),
    metainfo=metainfo,
    filter_cfg=dict(filter_empty_gt=True),
)
val_images = dict(train_images, ann_file='instances_val.json', test_mode=True)
"""

_DECODER = (
    """\
# A decoder of objects for the data set NAME:  python tools/train.py THIS
_base_ = [
    './NAME_facts.py',
    'mmdatasetdm::_base_/default_runtime.py',
    'mmdatasetdm::_base_/models/MODEL.py',
    'mmdatasetdm::_base_/datasets/decoder_transforms.py',
    'mmdatasetdm::_base_/schedules/SCHEDULE.py',
]
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
default_hooks = dict(visualization=dict(type='DetVisualizationHook'))
side = SIDE  # of the crops that the generator reads, in pixels
model = dict(
    data_preprocessor=dict(pad_size_divisor=DIVISOR),
    backbone=dict(
        generator=_base_.generator,
        prompt_template=_base_.prompt_template,
        class_prompts=_base_.class_prompts,
        class_phrases=_base_.words,
    ),
    panoptic_head=dict(num_classes=len(_base_.class_names), pixel_decoder=dict(upsample=UPSAMPLE)),
)

named = dict(type='mmdatasetdm.PresentClasses', classes=_base_.class_names, background=None)
pack = dict(type='PackDetInputs', meta_keys=(*_base_.pack_det_tta.meta_keys, 'present_classes'))
load = dict(type='LoadImageFromFile')
annotations = dict(type='LoadAnnotations', with_bbox=True, with_mask=True)
train_pipeline = [
    load,
    annotations,
    # what the generator makes of so many crops an image is kept (the backbone's cache)
    dict(
        type='mmdatasetdm.FixedVariants',
        variants=16,
        transforms=[
            dict(type='RandomResize', scale=(4 * side, side), ratio_range=(0.5, 2.0), keep_ratio=True),
            dict(
                type='RandomCrop',
                crop_size=(side, side),
                crop_type='absolute',
                recompute_bbox=True,
                allow_negative_crop=True,
            ),
            dict(type='RandomFlip', prob=0.5),
        ],
    ),
    dict(type='FilterAnnotations', min_gt_bbox_wh=(2, 2), by_mask=True, keep_empty=False),
    named,
    _base_.drop_names,
    pack,
]
test_pipeline = [load, dict(type='Resize', scale=(side, side), keep_ratio=True), annotations, named, pack]
"""
    + LOADERS
    + """\
val_evaluator = dict(type='CocoMetric', ann_file=_base_.data_folder + '/instances_val.json', metric=['segm', 'bbox'])
test_evaluator = val_evaluator
"""
)
_MASK2FORMER = """\
# A stock model, mmdet's Mask2Former, on the labelled images of NAME and the generated ones.
_base_ = [
    './NAME_facts.py',
    'mmdatasetdm::_base_/import_mmdet.py',
    'mmdet::mask2former/mask2former_r50_8xb2-lsj-50e_coco.py',
]
ratio = [1, 1]  # real : synthetic
number = len(_base_.class_names)
model = dict(
    # to which crowds are no background
    panoptic_head=dict(
        type='mmdatasetdm.InstanceMask2FormerHead',
        num_things_classes=number,
        loss_cls=dict(class_weight=[1.0] * number + [0.1]),
    ),
    panoptic_fusion_head=dict(num_things_classes=number),
)
real = dict(type='mmdatasetdm.FewShotDataset', dataset=_base_.train_images, pipeline=_base_.train_pipeline)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root=_base_.synthetic_root,
    dataset=dict(
        type='CocoDataset',
        metainfo=_base_.metainfo,
        filter_cfg=dict(filter_empty_gt=True),
        pipeline=_base_.train_pipeline,
    ),
)
train_dataloader = dict(
    sampler=dict(_delete_=True, type='mmdatasetdm.RatioSampler', ratio=ratio),
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[real, synthetic]),
)
val_dataloader = dict(
    dataset=dict(
        _delete_=True, type='mmdatasetdm.FewShotDataset', dataset=_base_.val_images, pipeline=_base_.test_pipeline
    )
)
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=_base_.data_folder + '/instances_val.json')
test_evaluator = val_evaluator
# the stock schedule is of 118,000 images; the learning rate falls at the same shares of this one
max_iters = 40000
train_cfg = dict(max_iters=max_iters, val_interval=5000, dynamic_intervals=None)
param_scheduler = dict(end=max_iters, milestones=[35556, 38519])
"""


def instance_configs(name: str, *, generator: str, count: int) -> dict[str, str]:
    """The configs of decoder, recipe, Mask2Former and study, by the names of their files.

    Args:
        name: of the data set.
        generator: a small decoder goes with the built-in one, else one of the paper's size.
        count: of training images.
    """
    values = generator_values(
        generator,
        small=dict(MODEL='instance_toyroom'),
        large=dict(MODEL='instance_sd15'),
        rule="dict(type='InstanceRecall')",
    )
    values |= dict(
        TASK='instance',
        OPTIONS="""min_score=0.3,  # of an object that is kept""",
        FORMAT='coco',
        METRIC="dict(key='coco/segm_mAP', name='mask AP', scale=100.0, empty=0.0)",
    )
    texts = dict(decoder=_DECODER, recipe=RECIPE, mask2former=_MASK2FORMER, study=STUDY)
    return fill(texts, values, name=name, model=STOCK_MODELS['instance'], count=count)
