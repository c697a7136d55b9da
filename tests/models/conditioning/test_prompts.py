"""The prompts of a batch: of each image's classes, which a training must know."""

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.models import DiffusionFeatureBackbone
from mmdatasetdm.models.conditioning.prompts import image_prompts


@pytest.fixture
def backbone(toy_generator_folder):
    return DiffusionFeatureBackbone(
        generator=str(toy_generator_folder),
        timestep=5,
        class_phrases=['sofa', 'lamp'],
        prompt_template='a room with {classes}',
    )


def test_each_image_has_the_prompt_of_its_classes(backbone):
    metas = [dict(present_classes=('lamp',)), dict(present_classes=()), dict(present_classes=None)]
    prompts = ['a room with a lamp', '', 'sofa, lamp']
    assert image_prompts(backbone, metas, training=True) == prompts
    assert image_prompts(backbone, [*metas, {}]) == [*prompts, 'sofa, lamp']


def test_training_needs_the_classes(backbone):
    with pytest.raises(UserError, match=r'prompt_template needs the classes of each image: .*PresentClasses'):
        image_prompts(backbone, [dict(present_classes=('lamp',)), {}], training=True)
