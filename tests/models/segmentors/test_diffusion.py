"""DiffusionSegmentor: what it adds to mmseg's EncoderDecoder."""

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import MODELS


@pytest.fixture
def model(toy_generator_folder):
    init_default_scope('mmseg')
    config = Config.fromfile(
        'configs/datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py'
    ).model
    names = ['sofa', 'lamp']
    config.backbone.update(
        generator=str(toy_generator_folder), cache=None, class_phrases=names, prompt_template='a room with {classes}'
    )
    torch.manual_seed(0)
    return MODELS.build(config)


def sample(**meta) -> SegDataSample:
    shape = {'img_shape': (128, 128), 'ori_shape': (128, 128), 'pad_shape': (128, 128)}
    return SegDataSample(
        metainfo={**shape, **meta}, gt_sem_seg=PixelData(data=torch.zeros(1, 128, 128, dtype=torch.int64))
    )


def prompts_of(model, monkeypatch) -> list:
    seen, forward = [], model.backbone.forward
    monkeypatch.setattr(
        model.backbone, 'forward', lambda images, prompts=None: (seen.append(prompts), forward(images, prompts))[1]
    )
    return seen


def test_each_image_has_its_own_prompt(model, monkeypatch):
    seen = prompts_of(model, monkeypatch)
    images = torch.zeros(2, 3, 128, 128)
    samples = [sample(present_classes=('lamp',)), sample(present_classes=('sofa', 'lamp'))]
    model.loss(images, samples)
    model.eval().predict(images, samples)
    model.predict(images)
    own = ['a room with a lamp', 'a room with a sofa and a lamp']
    assert seen == [own, own, ['sofa, lamp'] * 2]


def test_training_needs_the_classes(model):
    with pytest.raises(UserError, match=r'PresentClasses.*before the transform that packs') as raised:
        model.loss(torch.zeros(1, 3, 128, 128), [sample()])
    assert '\n' not in str(raised.value)
