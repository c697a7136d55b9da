"""The classes, colours and folder of the built-in world stand once for all configs, and are those of its package."""

from pathlib import Path

import pytest
from mmengine.config import Config

from mmdatasetdm.toyroom.captions import CLASSES, PALETTE
from mmdatasetdm.toyroom.paths import TOYROOM_DATA

CONFIGS = Path(__file__).parents[2] / 'configs'


def test_they_are_those_of_the_captions():
    config = Config.fromfile(CONFIGS / '_base_/datasets/toyroom_world.py')
    assert tuple(config.toyroom_classes) == CLASSES
    assert [tuple(colour) for colour in config.toyroom_palette] == list(PALETTE)


def test_the_folder_is_that_of_the_package():
    config = Config.fromfile(CONFIGS / '_base_/datasets/toyroom_world.py')
    assert Path(config.toyroom_root).samefile(TOYROOM_DATA)


def test_no_config_imports_by_hand():
    assert not [path for path in CONFIGS.rglob('*.py') if '__import__' in path.read_text()]


def test_no_other_config_writes_the_colours_again():
    colour = ', '.join(map(str, PALETTE[-1]))
    named = [path.name for path in CONFIGS.rglob('*.py') if colour in path.read_text()]
    assert named == ['toyroom_world.py']


@pytest.mark.parametrize(
    ('name', 'first'),
    [
        ('datasetdm/datasetdm_toyroom_semantic-phrase-20shot_1xb8-300iters_toyroom-128x128', 0),
        ('datasetdm/datasetdm_toyroom_instance-pixel-20shot_1xb8-300iters_toyroom-128x128', 1),
        ('mask2former/mask2former_r18_1xb8-2k_toyroom-real-synthetic-128x128', 0),
        ('mask2former/mask2former_r18_1xb8-2k_toyroom-instance-real-synthetic-128x128', 1),
    ],
)
def test_masks_and_instances_have_the_same_colours(name, first):
    metainfo = Config.fromfile(CONFIGS / f'{name}.py').metainfo
    assert tuple(metainfo.classes) == CLASSES[first:]
    assert [tuple(colour) for colour in metainfo.palette] == list(PALETTE[first:])
