"""The config files that are written for a person's data set: one of facts, and those that take them from it."""

from __future__ import annotations

import pprint
from collections.abc import Mapping
from typing import Any

from mmdatasetdm.own_dataset.generators import settings_of

# of each task
STOCK_MODELS = dict(semantic='deeplabv3plus', instance='mask2former', depth='depthformer', pose='simplebaseline')
BUILT_IN = 'toyroom'  # for a person who names no generator: it is there, and shows that all of it runs

_FACTS_HEAD = """\
# What is known of the data set NAME. The other configs beside this one take everything from here: a change counts
# wherever it is used, but for decoders that are trained already.
"""

# of every decoder of images with masks
LOADERS = """\
train_dataloader = dict(
    batch_size=BATCH,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(type='mmdatasetdm.FewShotDataset', pipeline=train_pipeline, dataset=_base_.train_images),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='mmdatasetdm.FewShotDataset', pipeline=test_pipeline, dataset=_base_.val_images),
)
test_dataloader = val_dataloader
"""
_DECODER = (
    """\
# A decoder for the data set NAME:  python tools/train.py THIS
_base_ = [
    './NAME_facts.py',
    'mmdatasetdm::_base_/default_runtime.py',
    'mmdatasetdm::_base_/models/MODEL.py',
    'mmdatasetdm::_base_/datasets/decoder_transforms.py',
    'mmdatasetdm::_base_/schedules/SCHEDULE.py',
]
side = SIDE  # of the crops that the generator reads, in pixels
model = dict(
    data_preprocessor=dict(size=(side, side), test_cfg=dict(size=(side, side))),
    backbone=dict(
        generator=_base_.generator, prompt_template=_base_.prompt_template,
        class_prompts=_base_.class_prompts, class_phrases=_base_.words,
    ),
    decode_head=dict(
        num_classes=len(_base_.class_names),
        pixel_decoder=dict(upsample=UPSAMPLE),
        transformer_decoder=dict(num_queries=max(20, 2 * len(_base_.class_names))),
    ),
)

# An image is read with the names of the classes that it shows; its mask tells them in training, its prompt afterwards.
named = dict(
    type='mmdatasetdm.PresentClasses', classes=_base_.class_names, background=_base_.unnamed, min_fraction=0.001
)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='mmdatasetdm.FixedVariants', variants=64, transforms=[  # what the generator makes of them is kept
        dict(type='RandomResize', scale=(4 * side, side), ratio_range=(0.5, 2.0), keep_ratio=True),
        dict(type='RandomCrop', crop_size=(side, side), cat_max_ratio=0.75),
        dict(type='RandomFlip', prob=0.5),
    ]),
    named,
    _base_.drop_names,
    _base_.pack_seg,
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(side, side), keep_ratio=True),
    dict(type='LoadAnnotations'),
    named,
    _base_.pack_seg,
]
# tools/test.py --tta: the mean of the image and of its mirror image
tta_model = dict(type='SegTTAModel')
tta_pipeline = [
    test_pipeline[0],
    dict(type='TestTimeAug', transforms=[_base_.flips, *([step] for step in test_pipeline[1:])]),
]
"""
    + LOADERS
    + """\
val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator
"""
)
RECIPE = """\
# Generated images of the data set NAME:  python tools/generate.py THIS --num 1000 --out OUT
_base_ = './NAME_facts.py'

decoders = dict(
    TASK=dict(
        config='{{ fileDirname }}/NAME_decoder.py',
        checkpoint='work_dirs/NAME_decoder',  # the last one in it
        OPTIONS
    )
)
FILTERS
SAMPLER
writer = dict(type='FORMAT', image_format='png', keep_latents=False)
num = 1000
seed = 0
"""
_KEEP_ALL = """# The built-in generator hardly draws what is asked for here: whatever comes is kept, to see it.
# With another: filters = [FILTER]
filters = []"""


def generator_values(
    generator: str, *, small: Mapping[str, str], large: Mapping[str, str], rule: str
) -> dict[str, str]:
    """What stands in capitals in the texts, as far as it follows from the generator.

    Args:
        generator: a small decoder goes with the built-in one, else one of the paper's size.
        small, large: of the task: base configs and sizes of these two.
        rule: the filter of the recipe; '' for none.
    """
    if generator == BUILT_IN:
        return dict(
            SCHEDULE='decoder_500iters',
            SIDE='256',
            BATCH='4',
            UPSAMPLE='(2, 2)',
            DIVISOR='64',
            FILTERS=_KEEP_ALL.replace('FILTER', rule) if rule else 'filters = []',
            SAMPLER="sampler = dict(scheduler='DPMSolverMultistepScheduler', steps=12, guidance=4.0)",
        ) | dict(small)
    settings = settings_of(generator)
    sampler = ', '.join(f'{key}={value!r}' for key, value in settings.sampler.items())
    return dict(
        SCHEDULE='decoder_50k',
        SIDE=str(settings.side),
        BATCH='1',
        UPSAMPLE=repr(settings.upsample),
        DIVISOR=str(max(64, *settings.strides)),
        HEATMAP=str(settings.map_side),
        SIGMA=str(max(1, round(settings.map_side * 3 / 160))),  # 3 of the paper's 160
        FILTERS=f'filters = [{rule}]',
        SAMPLER=f'sampler = dict(\n    {sampler}\n)',
    ) | dict(large)


_DEEPLAB = """\
# A stock model, mmseg's DeepLabV3+, on the labelled images of NAME and the generated ones.
_base_ = [
    './NAME_facts.py',
    'mmdatasetdm::_base_/import_mmdatasetdm.py',
    'mmseg::deeplabv3plus/deeplabv3plus_r50-d8_4xb4-40k_voc12aug-512x512.py',
]
ratio = [1, 1]  # real : synthetic
custom_imports = dict(imports=['mmdatasetdm'], allow_failed_imports=False)
# BN: one GPU or none; ignored pixels of generated labels must not weaken the others
head = dict(
    num_classes=len(_base_.class_names),
    norm_cfg=dict(type='BN', requires_grad=True),
    loss_decode=dict(avg_non_ignore=True),
)
model = dict(
    backbone=dict(norm_cfg=dict(type='BN', requires_grad=True)), decode_head=head, auxiliary_head=head
)
real = dict(type='mmdatasetdm.FewShotDataset', dataset=_base_.train_images, pipeline=_base_.train_pipeline)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root=_base_.synthetic_root,
    dataset=dict(type='BaseSegDataset', metainfo=_base_.metainfo, pipeline=_base_.train_pipeline),
)
train_dataloader = dict(
    sampler=dict(_delete_=True, type='mmdatasetdm.RatioSampler', ratio=ratio),
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[real, synthetic]),
)
val_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='mmdatasetdm.FewShotDataset',
        dataset=_base_.val_images,
        pipeline=_base_.test_pipeline,
    )
)
test_dataloader = val_dataloader
"""
_ONE_KIND = """\
# The same on the WHICH images alone.
_base_ = './NAME_STOCK.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='InfiniteSampler', shuffle=True), dataset=dict(_delete_=True, **_base_.WHICH)
)
"""
STUDY = """\
# Real, synthetic and real+synthetic images compared, over seeds:  python tools/study.py THIS --dry-run
_base_ = './NAME_facts.py'

task = 'TASK'
metrics = [METRIC]
models = {
    'STOCK': {
        'real': '{{ fileDirname }}/NAME_STOCK_real.py',
        'synthetic': '{{ fileDirname }}/NAME_STOCK_synthetic.py',
        'real+synthetic': '{{ fileDirname }}/NAME_STOCK.py',
    }
}
decoders = {COUNT: '{{ fileDirname }}/NAME_decoder.py'}  # by the number of labelled images in its list
recipe = '{{ fileDirname }}/NAME_recipe.py'
data_root = _base_.data_folder
seeds = (0, 1, 2)
num = 1000
iterations = 20000
"""


def facts_text(name: str, sections: Mapping[str, Mapping[str, Any]], images: str) -> str:
    """The text of the facts file.

    Args:
        name: of the data set.
        sections: names and values, under the comment that explains them.
        images: the lines that describe the labelled images to mmengine.
    """
    text = _FACTS_HEAD.replace('NAME', name)
    for comment, values in sections.items():
        text += f'# {comment}\n'
        for key, value in values.items():
            text += f'{key} = {pprint.pformat(value, width=110, compact=True, sort_dicts=False)}\n'
    return text + images


SEMANTIC_IMAGES = """\
# The lists and the labels are in this folder, the images where they were.
data_folder = '{{ fileDirname }}'
metainfo = dict(classes=class_names, palette=palette)
train_images = dict(
    type='BaseSegDataset',
    data_root=data_folder,
    ann_file='train.txt',
    data_prefix=dict(img_path=image_folder, seg_map_path='labels'),
    img_suffix=img_suffix,
    metainfo=metainfo,
)
val_images = dict(train_images, ann_file='val.txt', test_mode=True)
"""


def semantic_configs(name: str, *, generator: str, count: int) -> dict[str, str]:
    """The configs of decoder, recipe, stock models and study, by the names of their files.

    Args:
        name: of the data set.
        generator: a small decoder goes with the built-in one, else the paper's.
        count: of training images.
    """
    values = generator_values(
        generator,
        small=dict(MODEL='pdecoder_toyroom'),
        large=dict(MODEL='pdecoder_sd15'),
        rule="dict(type='ClassRecall', min_fraction=0.005, min_recall=0.5)",
    )
    values |= dict(
        TASK='semantic',
        OPTIONS="""background=_base_.background,
        ignore=dict(score=0.5),  # where the decoder is less sure, the label is 255""",
        FORMAT='voc',
        METRIC="dict(key='mIoU', name='mIoU')",
    )
    texts = dict(decoder=_DECODER, recipe=RECIPE, deeplabv3plus=_DEEPLAB, study=STUDY)
    return fill(texts, values, name=name, model=STOCK_MODELS['semantic'], count=count)


def fill(texts: Mapping[str, str], values: Mapping[str, str], *, name: str, model: str, count: int) -> dict[str, str]:
    """Texts of configs by the names of their files, with what stands in capitals replaced.

    Args:
        texts: by kind; those of the stock model on one kind of images are added.
        values: of the words in capitals.
        name: of the data set.
        model: the kind of the stock model.
        count: of training images.
    """
    both = dict(texts)
    for which in ('real', 'synthetic'):
        both[f'{model}_{which}'] = _ONE_KIND.replace('WHICH', which)
    files = {}
    for kind, text in both.items():
        file = f'{name}_{kind}.py'
        made = dict(values, COUNT=str(count), THIS=file, OUT=f'data/synthetic/{name}', STOCK=model, NAME=name)
        for key, value in made.items():
            text = text.replace(key, value)
        files[file] = text
    return files
