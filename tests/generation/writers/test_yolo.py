"""YOLO's layout, read by Ultralytics."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from pycocotools.coco import COCO
from scipy.ndimage import binary_fill_holes
from scipy.ndimage import label as label_parts

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.conversion import convert
from mmdatasetdm.generation.writers.yolo import mirrored, outline
from tests.generation.conftest import CLASSES


@pytest.fixture(scope='module')
def reader(tmp_path_factory):
    """Ultralytics's class of data sets; it writes settings and asks its server for news where it is let."""
    folder = tmp_path_factory.mktemp('settings')
    os.environ.update(YOLO_CONFIG_DIR=str(folder), YOLO_OFFLINE='true', YOLO_AUTOINSTALL='false', YOLO_VERBOSE='false')
    before = Image.open  # ultralytics puts its own in the place of it, for every other test of this process
    dataset = pytest.importorskip('ultralytics.data.dataset', reason='ultralytics is not installed')
    utils = pytest.importorskip('ultralytics.data.utils')
    Image.open = before

    def read(root: Path, task: str):
        data = utils.check_det_dataset(str(root / 'data.yaml'), autodownload=False)
        return data, dataset.YOLODataset(img_path=data['train'], data=data, task=task, augment=False, imgsz=64)

    return read


def test_ultralytics_reads_the_instances(in_folders, tmp_path, reader):
    info = convert(in_folders, tmp_path / 'yolo', writer=dict(type='yolo'))
    data, dataset = reader(tmp_path / 'yolo', 'segment')
    assert list(data['names'].values()) == list(CLASSES[1:]) and len(dataset) == info.selected
    from ultralytics.data.utils import polygon2mask

    coco = COCO(tmp_path / 'yolo/Annotations/instances_train.json')
    overlaps = []
    for label in dataset.labels:
        number = int(Path(label['im_file']).stem) + 1
        there = [one for one in coco.imgToAnns[number] if not one['iscrowd']]
        assert [CLASSES[int(value) + 1] for value in label['cls'][:, 0]] == [
            coco.cats[one['category_id']]['name'] for one in there
        ]
        height, width = label['shape']
        for polygon, one in zip(label['segments'], there, strict=True):
            mask = binary_fill_holes(coco.annToMask(one))
            drawn = polygon2mask(mask.shape, [np.rint(polygon * (width, height) - 0.5).ravel()]).astype(bool)
            assert drawn[mask].mean() > 0.99, 'no part is missing'
            if label_parts(mask)[1] == 1:
                overlaps.append((drawn & mask).sum() / (drawn | mask).sum())
    assert len(overlaps) > 3 and min(overlaps) > 0.95, 'where nothing joins parts, with holes filled, it is the mask'


def test_ultralytics_reads_the_keypoints(in_tars, tmp_path, reader):
    """From tar shards, whose images become files."""
    convert(in_tars, tmp_path / 'yolo', writer=dict(type='yolo', labels='pose'))
    data, dataset = reader(tmp_path / 'yolo', 'pose')
    assert data['kpt_shape'] == [17, 3] and data['names'] == {0: 'person'}
    assert data['flip_idx'][:5] == [0, 2, 1, 4, 3]
    coco = COCO(tmp_path / 'yolo/Annotations/person_keypoints_train.json')
    for label in dataset.labels:
        there = coco.imgToAnns[int(Path(label['im_file']).stem) + 1]
        assert len(label['keypoints']) == len(there)
        for found, one in zip(label['keypoints'], there, strict=True):
            points = np.array(one['keypoints'], float).reshape(17, 3)
            assert found[:, 2].tolist() == points[:, 2].tolist()
            assert found[:, :2] * 64 == pytest.approx(np.clip(points[:, :2], 0, 64), abs=1e-3)
    assert sum(len(label['keypoints']) for label in dataset.labels) > 0


def test_the_selected_images_are_listed(in_folders, tmp_path):
    out = tmp_path / 'yolo'
    info = convert(in_folders, out, writer=dict(type='yolo'), num=3)
    lines = (out / 'train.txt').read_text().split()
    assert lines == [f'./images/train/{number:08d}.png' for number in range(3)] and info.samples == 3
    assert yaml.safe_load((out / 'data.yaml').read_text())['train'] == 'train.txt'
    assert all((out / f'semantic/train/{number:08d}.png').is_file() for number in range(3))


def test_parts_of_an_instance_are_one_polygon():
    mask = np.zeros((40, 40), np.uint8)
    mask[2:10, 2:10] = mask[20:38, 20:38] = mask[2:8, 30:38] = 1
    polygon = outline(mask)
    image = Image.new('L', (40, 40))
    from PIL import ImageDraw

    ImageDraw.Draw(image).polygon([tuple(point) for point in polygon], fill=1, outline=1)
    drawn = np.asarray(image)
    assert (drawn[mask == 1] == 1).mean() > 0.99 and drawn.sum() - mask.sum() < 60, 'but for the lines between them'


@pytest.mark.parametrize('pixels', [1, 2])
def test_a_tiny_mask_has_three_points(pixels):
    mask = np.zeros((5, 5), np.uint8)
    mask[2, 2 : 2 + pixels] = 1
    assert len(outline(mask)) >= 3


def test_mirrored():
    assert [mirrored(name) for name in ('nose', 'left_eye', 'right_hip')] == ['nose', 'right_eye', 'left_hip']


def test_labels_that_are_not_there(whole, tmp_path):
    with pytest.raises(UserError, match="writer 'yolo' with labels 'pose' needs a decoder of pose labels"):
        convert(whole, tmp_path / 'yolo', writer=dict(type='yolo'))
    assert not (tmp_path / 'yolo').exists()
