"""The decoders that come with the built-in generator: small, whole, and good enough to look at."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from mmdatasetdm.engine.checkpoints import read_checkpoint
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.recipe import load_recipe
from mmdatasetdm.models import build_decoder
from mmdatasetdm.toyroom.paths import TOYROOM_DECODERS
from projects.toyroom.decoders import CONFIGS

ROOT = Path(__file__).parents[2]


def test_there_is_one_a_task_and_they_are_small():
    files = sorted(TOYROOM_DECODERS.glob('*.safetensors'))
    assert [path.stem for path in files] == sorted(CONFIGS)
    assert sum(path.stat().st_size for path in files) < 10e6


@pytest.mark.parametrize('task', CONFIGS)
def test_each_loads_whole_into_its_config_and_names_its_data_set(task):
    path = TOYROOM_DECODERS / f'{task}.safetensors'
    model = build_decoder(Config.fromfile(ROOT / CONFIGS[task]), str(path))
    weights = model.state_dict()
    for name, value in read_checkpoint(path)['state_dict'].items():
        if name != 'backbone.belongs_to':
            assert np.allclose(weights[name].numpy(), value.numpy()), name
    assert model.dataset_meta.get('classes') or model.dataset_meta


def test_a_recipe_names_them_and_a_wrong_name_is_told():
    recipe = load_recipe('configs/generate/toyroom_all.py')
    assert [Path(d.checkpoint[0]).parent for d in recipe.decoders.values()] == [TOYROOM_DECODERS] * 4
    with pytest.raises(UserError, match=r'decoder depth: there is no checkpoint toyroom/deep'):
        load_recipe('configs/generate/toyroom_all.py', options={'decoders.depth.checkpoint': 'toyroom/deep'})


def test_labelled_images_at_once(tmp_path):
    """What the README says first: with nothing trained."""
    out = tmp_path / 'out'
    command = [sys.executable, str(ROOT / 'tools/generate.py'), 'configs/generate/toyroom_all.py']
    subprocess.run([*command, '--num', '16', '--out', str(out)], cwd=ROOT, check=True, capture_output=True)
    dataset = json.loads((out / 'dataset.json').read_text())
    assert dataset['samples'] == 16 and not dataset['failed'] and dataset['selected'] >= 2
    names = (out / 'ImageSets/Segmentation/train.txt').read_text().split()
    assert len(names) == dataset['selected']
    for name in names:  # the filters keep images in which something was found
        assert len(np.unique(np.array(Image.open(out / f'SegmentationClass/{name}.png')))) > 1
