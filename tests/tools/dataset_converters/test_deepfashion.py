"""DeepFashion-MultiModal as it is unpacked: its split, read by mmseg, and its objects, read by mmdet."""

import json
from pathlib import Path

import numpy as np
import pytest
from mmdet.datasets import CocoDataset
from mmengine.registry import init_default_scope
from pycocotools import mask as rle

from mmdatasetdm.registry import DATASETS
from tests.tools.dataset_converters.conftest import base, photograph, save
from tools.dataset_converters.deepfashion import in_validation, main

SIZE = (110, 75)
VIEWS = ('1_front', '2_side', '4_full')


def deepfashion(root: Path) -> Path:
    """Forty garments in three views, with the names of the official set; garment i shows class 1 + i % 23 twice."""
    for index in range(40):
        kind = 'WOMEN-Dresses' if index % 2 else 'MEN-Shirts_Polos'
        for view in VIEWS:
            name = f'{kind}-id_{index:08}-01_{view}'
            photograph(root / f'images/{name}.jpg', SIZE)
            label = np.zeros(SIZE, np.uint8)
            label[10:40, 10:30] = label[60:90, 20:60] = 1 + index % 23
            label[20:24, 15:18] = 0
            label[100, 3] = 14
            save(root / f'segm/{name}_segm.png', label)
    return root


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('MMDATASETDM_DEEPFASHION', str(tmp_path / 'deepfashion'))
    init_default_scope('mmseg')
    return deepfashion(tmp_path / 'deepfashion')


def names(root: Path, split: str) -> list[str]:
    return (root / f'{split}.txt').read_text().split()


def test_a_garment_is_in_one_split(root):
    assert main([str(root), '--val-fraction', '0.25']) == 0
    train, val = names(root, 'train'), names(root, 'val')
    assert len(train) + len(val) == 120 and 15 <= len(val) <= 48
    garments = [{name.split('id_')[1][:8] for name in split} for split in (train, val)]
    assert not garments[0] & garments[1] and len(val) == 3 * len(garments[1])
    assert all(in_validation(name, 0.5) for name in val), 'of a larger fraction, these and others'

    config = base('deepfashion_120shot')
    few = DATASETS.build(dict(config.train_dataloader.dataset, cover=30))
    assert len(few) == 30 and len(few.metainfo['classes']) == 24
    shown = set().union(*(few.get_cat_ids(index) for index in range(30)))
    assert len(shown) >= 20
    sample = few[0]
    assert sample['data_samples'].gt_sem_seg.shape == sample['inputs'].shape[-2:]
    validation = DATASETS.build(config.val_dataloader.dataset)
    assert len(validation) == len(val)


def test_objects_are_connected_regions(root):
    assert main([str(root), '--coco']) == 0
    path = root / 'annotations/instances_train.json'
    content = json.loads(path.read_text())
    assert content['categories'][0]['name'] == 'top' and len(content['categories']) == 23
    assert len(content['annotations']) == 2 * len(content['images']), 'a pixel of a face is no object'
    first = content['annotations'][0]
    assert first['bbox'] == [10, 10, 20, 30] and first['area'] == 20 * 30 - 4 * 3
    assert int(rle.area(first['segmentation'])) == first['area'], 'with its hole'
    stock = CocoDataset(
        data_root=str(root),
        ann_file='annotations/instances_val.json',
        data_prefix=dict(img='images/'),
        metainfo=dict(classes=[one['name'] for one in content['categories']]),
        pipeline=[
            dict(type='mmdet.LoadImageFromFile'),
            dict(type='mmdet.LoadAnnotations', with_bbox=True, with_mask=True),
        ],
    )
    sample = stock[0]
    assert len(sample['gt_masks']) == 2 and sample['gt_masks'].masks[0].shape == SIZE
    assert sample['gt_bboxes_labels'][0] == (int(sample['img_path'].split('id_')[1][:8]) % 23)


def test_what_is_wrong_is_said(root, tmp_path, capsys):
    def said(*args: str) -> str:
        assert main([*args]) == 2
        return capsys.readouterr().err

    assert 'images does not exist. Download images.zip and segm.zip' in said(str(tmp_path))
    assert 'it must be between 0 and 1' in said(str(root), '--val-fraction', '2')
    name = next((root / 'images').iterdir())
    kept = name.read_bytes()
    name.unlink()
    assert f'1 images are not there, as {name.name}' in said(str(root))
    name.write_bytes(kept)
    save(root / f'segm/{name.stem}_segm.png', np.full(SIZE, 30, np.uint8))
    assert 'id 30, but there are 24 classes' in said(str(root))
    assert not (root / 'train.txt').exists()
