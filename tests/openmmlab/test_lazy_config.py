"""A config whose types are classes, as mmengine's lazy configs have them, trains a decoder and labels with it."""

from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from PIL import Image

from mmdatasetdm.generation.annotators.loading import decoder_config
from mmdatasetdm.generation.annotators.semantic import SemanticOptions
from mmdatasetdm.models import TextQueryHead
from mmdatasetdm.registry import MODELS

LAZY = """
from mmcv.transforms import LoadImageFromFile
from mmengine.dataset import InfiniteSampler
from mmengine.hooks import CheckpointHook
from mmengine.optim import OptimWrapper
from mmengine.runner import IterBasedTrainLoop
from mmseg.datasets import BaseSegDataset, LoadAnnotations, PackSegInputs
from mmseg.models import SegDataPreProcessor
from torch.optim import SGD

from mmdatasetdm.datasets import FewShotDataset, PresentClasses
from mmdatasetdm.decoder import PixelCriterion, PixelDecoder, SetCriterion, TransformerDecoder
from mmdatasetdm.models import DiffusionFeatureBackbone, DiffusionSegmentor, {head}

default_scope = 'mmseg'
names = ('background', 'person', 'chair')
model = dict(
    type=DiffusionSegmentor,
    data_preprocessor=dict(
        type=SegDataPreProcessor, mean=[127.5] * 3, std=[127.5] * 3, bgr_to_rgb=True, size=(64, 64), seg_pad_val=255
    ),
    backbone=dict(
        type=DiffusionFeatureBackbone, generator={generator!r}, timestep=1, prompt_template='a {{classes}}',
        class_phrases=names[1:],
    ),
    decode_head=dict(
        type={head}, num_classes=3, phrase_classes=[1, 2],
        pixel_decoder=dict(type=PixelDecoder, feat_channels=16, upsample=(2,)), {more}
    ),
    test_cfg=dict(mode='whole'),
)
keys = ('img_path', 'ori_shape', 'img_shape', 'present_classes')
pipeline = [
    dict(type=LoadImageFromFile),
    dict(type=LoadAnnotations),
    dict(type=PresentClasses, classes=names),
    dict(type=PackSegInputs, meta_keys=keys),
]
images = dict(
    type=BaseSegDataset, data_root='data', data_prefix=dict(img_path='images', seg_map_path='masks'),
    metainfo=dict(classes=names), img_suffix='.png', seg_map_suffix='.png',
)
train_dataloader = dict(
    batch_size=1, num_workers=0, sampler=dict(type=InfiniteSampler),
    dataset=dict(type=FewShotDataset, num=1, pipeline=pipeline, dataset=images),
)
train_cfg = dict(type=IterBasedTrainLoop, max_iters=1)
optim_wrapper = dict(type=OptimWrapper, optimizer=dict(type=SGD, lr=0.01))
default_hooks = dict(checkpoint=dict(type=CheckpointHook, by_epoch=False, interval=1))
log_processor = dict(by_epoch=False)
"""


def test_classes_for_types(run, toy_generator_folder):
    for folder in ('images', 'masks'):
        Path('data', folder).mkdir(parents=True)
    mask = np.repeat(np.arange(2, dtype=np.uint8), 32)[None].repeat(64, axis=0)
    Image.fromarray(mask * 200).convert('RGB').save('data/images/0.png')
    Image.fromarray(mask).save('data/masks/0.png')
    generator = str(toy_generator_folder)
    Path('lazy.py').write_text(
        LAZY.format(head='PixelClassifierHead', generator=generator, more='loss=dict(type=PixelCriterion)')
    )
    run('tools/train.py', 'lazy.py', '--work-dir', 'work')
    assert torch.load('work/iter_1.pth', weights_only=True)['meta']['iter'] == 1

    options = SemanticOptions(config='lazy.py', checkpoint=('work/iter_1.pth',))
    config, digest = decoder_config('semantic', options, generator=generator)
    assert config.model.backbone.generator == generator and len(digest) > 8
    more = 'transformer_decoder=dict(type=TransformerDecoder, num_heads=2), loss=dict(type=SetCriterion)'
    Path('queries.py').write_text(LAZY.format(head='TextQueryHead', generator=generator, more=more))
    head = MODELS.build(Config.fromfile('queries.py').model).decode_head
    assert type(head) is TextQueryHead
