"""Pascal VOC and Cityscapes with the three classes that both have, read by the configs for them."""

from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from PIL import Image

from mmdatasetdm.registry import DATASETS
from tests.tools.dataset_converters.conftest import base, photograph, save
from tests.tools.dataset_converters.test_cityscapes import cityscapes
from tools.dataset_converters.domains import main

LOAD = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]


def voc(root: Path) -> Path:
    """Names, lists and label maps with a palette, as VOCtrainval_11-May-2012.tar: image i shows class 1 + i % 20."""
    lists: dict[str, list[str]] = dict(train=[], val=[])
    for index in range(120):
        name = f'2007_{index:06}'
        lists['train' if index < 100 else 'val'].append(name)
        photograph(root / f'JPEGImages/{name}.jpg', (24, 32))
        label = np.zeros((24, 32), np.uint8)
        label[4:20, 4:28], label[4:20, 3], label[0] = 1 + index % 20, 255, 15 if index % 7 == 0 else 0
        image = Image.fromarray(label, 'P')
        image.putpalette(list(range(256)) * 3)
        path = root / f'SegmentationClass/{name}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
    for split, names in lists.items():
        path = root / f'ImageSets/Segmentation/{split}.txt'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('\n'.join(names) + '\n')
    return root


@pytest.fixture
def scope(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    init_default_scope('mmseg')
    return tmp_path


def test_voc(scope, monkeypatch):
    root = voc(scope / 'VOC2012')
    monkeypatch.setenv('MMDATASETDM_VOC', str(root))
    assert main(['voc', str(root)]) == 0
    config = base('domains_voc_99shot')
    wrapped = dict(config.train_dataloader.dataset, per_class=5)
    few = DATASETS.build(wrapped)
    assert len(few) == 15 and few.metainfo['classes'] == ('background', 'car', 'person', 'motorbike')
    validation = DATASETS.build(dict(config.val_dataloader.dataset, pipeline=LOAD))
    assert len(validation) == 20
    centre = [int(validation[index]['gt_seg_map'][10, 10]) for index in range(20)]
    assert [index for index in range(20) if centre[index] == 1] == [6], 'VOC class 7 is car'
    assert centre[13] == 3 and centre[14] == 2 and sum(centre) == 6, 'all else is background'
    assert validation[0]['gt_seg_map'][10, 3] == 255, 'the border is ignored'


def test_cityscapes(scope, monkeypatch):
    root = cityscapes(scope / 'cityscapes')
    monkeypatch.setenv('MMDATASETDM_CITYSCAPES', str(root))
    assert main(['cityscapes', str(root)]) == 0
    config = base('domains_cityscapes_9shot')
    assert len(DATASETS.build(config.train_dataloader.dataset)) == 9
    street = root / 'gtFine/val/frankfurt/frankfurt_{:06}_000019_gtFine_labelDomainIds.png'
    save(Path(str(street).format(0).replace('DomainIds', 'Ids')), np.arange(34, dtype=np.uint8)[None].repeat(8, 0))
    Path(str(street).format(0)).unlink()
    assert main(['cityscapes', str(root)]) == 0
    ids = np.asarray(Image.open(str(street).format(0)))[0]
    assert {int(index): int(ids[index]) for index in np.flatnonzero((ids > 0) & (ids < 255))} == {
        24: 2,
        25: 2,
        26: 1,
        32: 3,
    }
    assert ids[[0, 9, 29]].tolist() == [255] * 3, 'what the official evaluation ignores'
    assert ids[[7, 8, 11, 28]].tolist() == [0] * 4


def test_what_is_missing_is_said(tmp_path, capsys):
    for name, file in (('voc', 'VOCtrainval_11-May-2012.tar'), ('cityscapes', 'gtFine_trainvaltest.zip')):
        assert main([name, str(tmp_path)]) == 2
        said = capsys.readouterr().err
        assert file in said and said.count('\n') == 1
    (tmp_path / 'SegmentationClass').mkdir()
    assert main(['voc', str(tmp_path)]) == 2
    assert 'has no label map' in capsys.readouterr().err
