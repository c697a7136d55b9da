"""The config files of depth maps: decoder, recipe, DepthFormer and study, which take the facts from theirs."""

from __future__ import annotations

from mmdatasetdm.own_dataset.configs import STOCK_MODELS, STUDY, fill, generator_values

DEPTH_IMAGES = """\
# The lists and the depth maps are in this folder, the images where they were.
data_folder = '{{ fileDirname }}'
rescale = 1 / depth_scale  # to metres
train_images = dict(
    type='NYUDataset',  # reads whole folders; the lists choose from them
    data_root=data_folder,
    data_prefix=dict(img_path=image_folder, depth_map_path='depth'),
    img_suffix=img_suffix,
)
val_images = dict(train_images, test_mode=True)
"""

_DECODER = """\
# A decoder of depth for the data set NAME:  python tools/train.py THIS
_base_ = [
    './NAME_facts.py',
    'mmdatasetdm::_base_/default_runtime.py',
    'mmdatasetdm::_base_/models/MODEL.py',
    'mmdatasetdm::_base_/datasets/decoder_transforms.py',
    'mmdatasetdm::_base_/schedules/SCHEDULE.py',
]
side = SIDE  # shorter side of the images that the generator reads, in pixels
model = dict(
    data_preprocessor=dict(
        size=(side, side),
        seg_pad_val=0,  # 255 would be a depth
        test_cfg=dict(size_divisor=DIVISOR),
    ),
    # The pass has no text: a depth decoder asks no names.
    backbone=dict(generator=_base_.generator, cache=None),
    decode_head=dict(max_depth=_base_.max_depth, pixel_decoder=dict(upsample=UPSAMPLE)),
)

load = dict(type='LoadImageFromFile')
# the largest square of a photograph is as a generated image; another size of things would be another distance
resize = dict(type='Resize', scale=(4 * side, side), keep_ratio=True)
depth = dict(type='LoadDepthAnnotation', depth_rescale_factor=_base_.rescale)
pack = dict(type='PackSegInputs')
train_pipeline = [
    load,
    depth,
    resize,
    # DatasetDM supp. 1.3: flip, crop, brightness and contrast, hue and saturation
    dict(type='RandomCrop', crop_size=(side, side)),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    pack,
]
# before the depth is read: predictions are compared with it at its own size
val_pipeline = [load, resize, depth, pack]
# of a photograph: mmseg's inference_model leaves out LoadAnnotations alone
test_pipeline = [load, resize, pack]
# tools/test.py --tta: the mean of the image and of its mirror image
tta_model = dict(type='mmdatasetdm.DepthTTAModel')
tta_pipeline = [load, dict(type='TestTimeAug', transforms=[_base_.flips, [resize], [depth], [pack]])]
train_dataloader = dict(
    batch_size=BATCH,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='mmdatasetdm.FewShotDataset', listed='train.txt', pipeline=train_pipeline, dataset=_base_.train_images
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmdatasetdm.FewShotDataset', listed='val.txt', pipeline=val_pipeline, dataset=_base_.val_images
    ),
)
test_dataloader = val_dataloader
# depth_scale_factor: of what tools/test.py --out writes
val_evaluator = dict(
    type='DepthMetric', max_depth_eval=_base_.max_depth, depth_scale_factor=float(_base_.depth_scale)
)
test_evaluator = val_evaluator
"""
_RECIPE = """\
# Generated images of the data set NAME:  python tools/generate.py THIS --num 1000 --out OUT
_base_ = './NAME_facts.py'

decoders = dict(
    depth=dict(
        config='{{ fileDirname }}/NAME_decoder.py',
        checkpoint='work_dirs/NAME_decoder',  # the last one in it
        ignore=dict(step=0.2),  # where one pixel is a fifth farther than the next, the depth is unknown
    )
)
SAMPLER
writer = dict(type='voc', image_format='png', keep_latents=False, depth_scale=_base_.depth_scale)
num = 1000
seed = 0
"""
_DEPTHFORMER = """\
# A stock model, DepthFormer with Swin-T, on the labelled images of NAME and the generated ones.
_base_ = [
    './NAME_facts.py',
    'mmdatasetdm::_base_/models/depthformer_swint.py',
    'mmdatasetdm::_base_/schedules/depthformer_38k.py',
    'mmdatasetdm::_base_/default_runtime.py',
]
ratio = [1, 1]  # real : synthetic
side, crop = 480, (416, 416)  # shorter side of the images, and what is cut from them
model = dict(data_preprocessor=dict(size=crop), decode_head=dict(max_depth=_base_.max_depth))
load = dict(type='LoadImageFromFile')
resize = dict(type='Resize', scale=(4 * side, side), keep_ratio=True)
depth = dict(type='LoadDepthAnnotation', depth_rescale_factor=_base_.rescale)
pack = dict(type='PackSegInputs')
train_pipeline = [
    load,
    depth,
    resize,
    dict(type='RandomRotate', prob=0.5, degree=2.5, pad_val=0, seg_pad_val=0),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomCrop', crop_size=crop),
    dict(type='mmdatasetdm.GammaBrightnessColour'),
    pack,
]
# before the depth is read: predictions are compared with it at its own size
val_pipeline = [load, resize, depth, pack]
test_pipeline = [load, resize, pack]
real = dict(
    type='mmdatasetdm.FewShotDataset', listed='train.txt', pipeline=train_pipeline, dataset=_base_.train_images
)
synthetic = dict(
    type='mmdatasetdm.SyntheticDataset',
    root=_base_.synthetic_root,
    dataset=dict(type='NYUDataset', pipeline=train_pipeline),
)
train_dataloader = dict(
    batch_size=2,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='mmdatasetdm.RatioSampler', ratio=ratio),
    dataset=dict(type='ConcatDataset', datasets=[real, synthetic]),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmdatasetdm.FewShotDataset', listed='val.txt', pipeline=val_pipeline, dataset=_base_.val_images
    ),
)
test_dataloader = val_dataloader
# depth_scale_factor: of what tools/test.py --out writes
val_evaluator = dict(
    type='DepthMetric', max_depth_eval=_base_.max_depth, depth_scale_factor=float(_base_.depth_scale)
)
test_evaluator = val_evaluator
"""
_METRICS = """\
dict(key='abs_rel', name='REL', decimals=3, lower_is_better=True),
    dict(key='d1', name='delta1', scale=100.0),
    dict(key='rmse', name='RMSE', decimals=3, lower_is_better=True)"""


def depth_configs(name: str, *, generator: str, count: int) -> dict[str, str]:
    """The configs of decoder, recipe, DepthFormer and study, by the names of their files.

    Args:
        name: of the data set.
        generator: a small decoder goes with the built-in one, else one of the paper's size.
        count: of training images.
    """
    values = generator_values(
        generator,
        small=dict(MODEL='depth_toyroom', SIDE='128', BATCH='8'),  # images are as large as those that it generates
        large=dict(MODEL='depth_sd15'),
        rule='',
    )
    values |= dict(TASK='depth', METRIC=_METRICS)
    texts = dict(decoder=_DECODER, recipe=_RECIPE, depthformer=_DEPTHFORMER, study=STUDY)
    return fill(texts, values, name=name, model=STOCK_MODELS['depth'], count=count)
