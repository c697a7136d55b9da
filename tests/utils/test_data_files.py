"""Variables and ``--data-root``: every part of a config reads its data from another folder."""

import os
from pathlib import Path

import pytest
from mmengine.config import Config

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.data_files import absent_file, data_variables, set_data_roots

CONFIGS = Path(__file__).parents[2] / 'configs'
VOC = CONFIGS / 'datasetdm/voc_100shot.py'
DOMAINS = CONFIGS / '_base_/datasets/domains.py'


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    for name in ('VOC', 'CITYSCAPES'):
        monkeypatch.setenv(f'MMDATASETDM_{name}', 'elsewhere')
        (tmp_path / name.lower()).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_variables_of_a_config_and_its_bases():
    assert data_variables(VOC) == dict(VOC='MMDATASETDM_VOC')
    assert data_variables('mmdatasetdm::datasetdm/voc_100shot.py') == dict(VOC='MMDATASETDM_VOC')
    assert data_variables(DOMAINS) == dict(VOC='MMDATASETDM_VOC', CITYSCAPES='MMDATASETDM_CITYSCAPES')
    assert data_variables(CONFIGS / '_base_/datasets/toyroom.py') == {}


def test_one_folder_moves_all_parts(folder):
    set_data_roots(VOC, ['voc'])
    config = Config.fromfile(VOC)
    for part in ('train', 'val', 'test'):
        assert config[f'{part}_dataloader'].dataset.dataset.data_root == str(folder / 'voc')


def test_several_data_sets_are_named(folder):
    set_data_roots(DOMAINS, ['voc=voc', f'CITYSCAPES={folder}/cityscapes'])
    assert os.environ['MMDATASETDM_VOC'] == str(folder / 'voc')
    assert os.environ['MMDATASETDM_CITYSCAPES'] == str(folder / 'cityscapes')


@pytest.mark.parametrize(
    ('config', 'given', 'message'),
    [
        (DOMAINS, ['voc'], 'reads VOC, CITYSCAPES: give NAME=FOLDER for each'),
        (VOC, ['nyu=voc'], 'reads no data set nyu, but VOC'),
        (VOC, ['nothing'], 'nothing is no folder'),
        (CONFIGS / '_base_/datasets/toyroom.py', ['voc'], 'reads no data that are somewhere else'),
    ],
)
def test_mistakes(folder, config, given, message):
    with pytest.raises(UserError, match=message):
        set_data_roots(config, given)
    assert os.environ['MMDATASETDM_VOC'] == 'elsewhere'


def test_what_is_not_there(tmp_path):
    dataset = dict(data_root=str(tmp_path), data_prefix=dict(img_path='images'), ann_file='train.txt')
    assert absent_file(dataset) == tmp_path / 'images'
    (tmp_path / 'images').mkdir()
    assert absent_file(dataset) == tmp_path / 'train.txt'
    (tmp_path / 'train.txt').write_text('a')
    assert absent_file(dataset) is None
    assert absent_file(dataset, listed='few.txt') == tmp_path / 'few.txt'
    assert absent_file(dict(dataset, bbox_file='boxes.json')) == Path('boxes.json')
