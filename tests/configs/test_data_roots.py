"""Real data is read from data/…, or from the folder that one variable names: every part of a config from the same."""

import re
from pathlib import Path

import pytest
from mmengine.config import Config

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / 'configs').rglob('*.py'))
VARIABLE = re.compile(r'\{\{\$(MMDATASETDM_\w+):(data/[^}]+)\}\}')


def test_no_path_leaves_the_repository():
    for path in CONFIGS:
        text = path.read_text()
        assert 'shared/' not in text and 'TEST_DATA' not in text, path
        assert len(VARIABLE.findall(text)) == text.count('{{$'), f'{path}: a variable has a default in data/'


# templates are filled in by the person who copies them
OTHERS = {'_base_', 'generate', 'studies', 'template'}
USERS = [str(path.relative_to(ROOT)) for path in CONFIGS if not OTHERS & set(path.parts)]


@pytest.mark.parametrize('name', [name for name in USERS if 'toyroom' not in name])
def test_a_variable_moves_the_whole_config(name, monkeypatch):
    """``MMDATASETDM_COCO`` once moved the training images, and left validation and its evaluators in data/coco."""
    for variable in ('CAMVID', 'CITYSCAPES', 'COCO', 'DEEPFASHION', 'NYU', 'VOC'):
        monkeypatch.setenv(f'MMDATASETDM_{variable}', f'/elsewhere/{variable}')
    config = Config.fromfile(ROOT / name)
    parts = {key: config[key] for key in config if key.endswith(('_dataloader', '_evaluator'))}
    found = re.findall(r"'([^' ]*data/(?!synthetic)[^' ]*)'", str(parts))
    assert not found, found
    assert str(parts).count('/elsewhere/') >= 2


@pytest.mark.parametrize('name', [name for name in USERS if '800shot-real-2' in name or '800shot-real-3' in name])
def test_the_download_text_names_all_that_is_needed(name):
    config = Config.fromfile(ROOT / name)
    boxes = Path(config.val_dataloader.dataset.bbox_file)
    assert boxes.name in config.train_dataloader.dataset.download and boxes.parent.name in config.download
