"""The configs for other generators than the built-in one: sizes and settings of their family, for all four tasks."""

import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmdatasetdm.generation.options import build
from mmdatasetdm.generation.recipe import Sampler, load_prompts
from mmdatasetdm.own_dataset.build import Answers, new_dataset
from mmdatasetdm.registry import MODELS
from tests.diffusion.families.folders import save

pytestmark = pytest.mark.usefixtures('here')


@pytest.fixture(scope='module')
def patches(tmp_path_factory):
    """SANA, small: patches of 32 pixels, images of 256."""
    return save('sana', tmp_path_factory.mktemp('sana'))


@pytest.mark.parametrize(
    ('task', 'labels', 'scope', 'part'),
    [
        ('semantic', 'pairs', 'mmseg', 'decode_head'),
        ('instance', 'coco', 'mmdet', 'panoptic_head'),
        ('depth', 'rooms', 'mmseg', 'decode_head'),
        ('pose', 'persons', 'mmpose', 'neck'),
    ],
)
def test_the_decoder_is_built_and_the_recipe_is_read(task, labels, scope, part, request, patches, tmp_path):
    root = request.getfixturevalue(labels)
    made = new_dataset(root, task=task, out=tmp_path / 'made', answers=Answers(generator=str(patches)))
    assert any(f'{patches}, of the family Sana, 256 pixels' == taken for _, taken, _ in made.found.questions)
    config = Config.fromfile(made.folder / f'{made.name}_decoder.py')
    assert config.side == 256 and config.model[part].pixel_decoder.upsample == (2.0, 2.0, 2.5)
    small = dict(feat_channels=16)
    config.model[part].pixel_decoder.update(small)
    init_default_scope(scope)
    if task == 'pose':
        assert config.codec.heatmap_size == (80, 80) and config.codec.input_size == (256, 256)
        config.model.head.in_channels = 16
    model = MODELS.build(config.model)
    assert model.backbone.strides == (32, 64, 128)
    recipe = Config.fromfile(made.folder / f'{made.name}_recipe.py')
    options = build(Sampler, recipe.sampler, where='sampler')
    assert (options.steps, options.guidance, options.scheduler) == (20, 4.5, Sampler().scheduler)
    assert recipe.generator == str(patches)
    assert len(load_prompts(made.folder / f'{made.name}_recipe.py')) >= 100
