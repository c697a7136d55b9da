"""Cityscapes as it is unpacked: official label ids to the 19 and 8 classes, read by mmseg and by our configs."""

from pathlib import Path

import numpy as np
import pytest
from cityscapesscripts.helpers.labels import labels as official
from mmengine.registry import init_default_scope
from mmseg.datasets import CityscapesDataset

from mmdatasetdm.registry import DATASETS
from tests.tools.dataset_converters.conftest import base, photograph, save
from tools.dataset_converters.cityscapes import main

SIZE = (64, 128)
CITIES = {'train': ('aachen', 'zurich'), 'val': ('frankfurt',)}


def cityscapes(root: Path) -> Path:
    """Twelve streets a city; street i shows ids 3i to 3i + 12 of the 34 in columns, and the road below."""
    for split, cities in CITIES.items():
        for city in cities:
            for index in range(12):
                name = f'{city}_{index:06}_000019'
                photograph(root / f'leftImg8bit/{split}/{city}/{name}_leftImg8bit.png', SIZE)
                ids = np.full(SIZE, 7, np.uint8)
                ids[:40] = ((3 * index + np.arange(SIZE[1]) // 10) % 34)[None]
                save(root / f'gtFine/{split}/{city}/{name}_gtFine_labelIds.png', ids)
                save(root / f'gtFine/{split}/{city}/{name}_gtFine_color.png', np.zeros((*SIZE, 4), np.uint8))
    return root


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('MMDATASETDM_CITYSCAPES', str(tmp_path / 'cityscapes'))
    init_default_scope('mmseg')
    return cityscapes(tmp_path / 'cityscapes')


def test_both_numbers_of_classes(root, capsys):
    assert main([str(root)]) == 0
    assert '19 classes: 36 files' in capsys.readouterr().out
    pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]
    stock = CityscapesDataset(
        data_root=str(root), data_prefix=dict(img_path='leftImg8bit/val', seg_map_path='gtFine/val'), pipeline=pipeline
    )
    train_ids = np.array([one.trainId for one in official if one.id >= 0])
    for index in range(12):
        ids = np.asarray((3 * index + np.arange(SIZE[1]) // 10) % 34)
        assert stock[index]['gt_seg_map'][0].tolist() == train_ids[ids].tolist(), "cityscapesscripts' own numbers"

    config = base('cityscapes8_9shot')
    few = DATASETS.build(config.train_dataloader.dataset)
    assert len(few) == 9
    shown = set().union(*(few.get_cat_ids(index) for index in range(9)))
    assert shown == set(range(8)), 'all eight, void too'
    validation = DATASETS.build(dict(config.val_dataloader.dataset, pipeline=pipeline))
    label = validation[2]['gt_seg_map']
    assert label[0, 20:40].tolist() == [0] * 20, 'ids 8 and 9, sidewalk and parking, are void'
    assert label[0, 50] == 2 and label[50, 0] == 1
    assert main([str(root), '--classes', '8']) == 0
    assert '8 classes: 0 files' in capsys.readouterr().out


def test_nine_images_show_the_19_classes(root):
    assert main([str(root), '--classes', '19']) == 0
    few = DATASETS.build(base('cityscapes_9shot').train_dataloader.dataset)
    assert len(few) == 9 and set().union(*(few.get_cat_ids(index) for index in range(9))) == set(range(19))
    sample = few[0]
    assert sample['inputs'].shape[-2:] == (256, 512) or max(sample['inputs'].shape[-2:]) <= 512
    assert set(sample['data_samples'].metainfo['present_classes'] or ()) <= set(few.metainfo['classes'])


def test_what_is_missing_is_said(tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert 'gtFine does not exist. Download leftImg8bit_trainvaltest.zip' in said and said.count('\n') == 1
    (tmp_path / 'gtFine/train').mkdir(parents=True)
    assert main([str(tmp_path)]) == 2
    assert 'has no train/CITY/NAME_gtFine_labelIds.png' in capsys.readouterr().err
