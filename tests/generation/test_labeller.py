"""Labeller: what is known of the labels of a recipe's decoders."""

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import load_recipe
from mmdatasetdm.generation.labeller import Labeller
from mmdatasetdm.generation.writers import build_writer_options
from tests.generation.conftest import CLASSES, PALETTE, write_depth_decoder, write_pose_decoder


@pytest.fixture(scope='module')
def semantic(recipe_file) -> Labeller:
    return Labeller(recipe=load_recipe(recipe_file), device='cpu')


def test_semantic_labels(semantic):
    assert semantic.tasks == ('semantic',)
    assert semantic.classes == CLASSES and semantic.palette == PALETTE and semantic.background == 0
    assert semantic.prompted_classes == CLASSES[1:]
    assert semantic.coco_categories == {} and semantic.skeleton == []
    semantic.check_prompts(['chair'])
    with pytest.raises(UserError, match="no class 'zebra'"):
        semantic.check_prompts(['zebra'])


def test_labels_without_classes(tmp_path, recipe_file, toy_generator_folder):
    parts = dict(
        depth=write_depth_decoder(tmp_path, toy_generator_folder),
        pose=write_pose_decoder(tmp_path, toy_generator_folder),
    )
    decoders = {task: dict(config=str(config), checkpoint=str(file)) for task, (config, file) in parts.items()}
    models = Labeller(
        recipe=load_recipe(recipe_file, options=dict(decoders=dict(_delete_=True, **decoders))), device='cpu'
    )
    assert models.classes == () and models.palette == [] and models.background is None
    assert models.prompted_classes == ('person',)
    (person,) = models.coco_categories['pose']
    assert len(person['keypoints']) == 17 and models.skeleton == person['skeleton']
    writer = models.build_writer(build_writer_options(dict(type='voc')))
    assert set(writer.layout(models.tasks)['coco_files']) == {'pose'}
