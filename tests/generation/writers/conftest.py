"""A data set with every kind of label, in two layouts."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmdatasetdm.generation import generate, load_recipe
from tests.generation.conftest import write_depth_decoder, write_instance_decoder, write_pose_decoder

NUM = 10


@pytest.fixture(scope='session')
def all_decoders(tmp_path_factory, toy_generator_folder) -> dict:
    """Options for instances, keypoints and depth beside the recipe's masks; the decoders are sure of what they say."""
    pytest.importorskip('mmpose', reason='mmpose is not installed')
    folder, decoders = tmp_path_factory.mktemp('decoders'), {}
    kinds = dict(instance=write_instance_decoder, pose=write_pose_decoder, depth=write_depth_decoder)
    for task, write in kinds.items():
        config, checkpoint = write(folder, toy_generator_folder)
        decoders[task] = dict(config=str(config), checkpoint=str(checkpoint))
    decoders['instance'].update(min_score=0.01, max_overlap=1.0, min_fraction=0.0, semantic='clip')
    decoders['pose'].update(visible=0.7, labelled=0.5)
    return decoders


@pytest.fixture(scope='session')
def in_folders(tmp_path_factory, recipe_file, all_decoders) -> Path:
    """VOC's layout: shards of 4, 4 and 2 samples."""
    out = tmp_path_factory.mktemp('in_folders') / 'out'
    generate(load_recipe(recipe_file, options=dict(decoders=all_decoders)), out, num=NUM)
    return out


@pytest.fixture(scope='session')
def in_tars(tmp_path_factory, recipe_file, all_decoders) -> Path:
    """The same samples in tar files."""
    out = tmp_path_factory.mktemp('in_tars') / 'out'
    options = {'decoders': all_decoders, 'writer.type': 'webdataset'}
    generate(load_recipe(recipe_file, options=options), out, num=NUM)
    return out
