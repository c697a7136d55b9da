"""COCO's panoptic layout, read by mmdet."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as rle

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.conversion import convert
from mmdatasetdm.generation.storage.plan import Plan
from mmdatasetdm.generation.storage.shards import ShardStore
from tests.generation.conftest import CLASSES

NUM = 10

THINGS, STUFF = CLASSES[1:], CLASSES[:1]


@pytest.fixture(scope='module')
def panoptic(in_folders, tmp_path_factory):
    out = tmp_path_factory.mktemp('panoptic') / 'out'
    convert(in_folders, out, writer=dict(type='panoptic'))
    return out


def records(root):
    return ShardStore(root).samples(Plan(num=NUM, shard_size=4))


def test_mmdet_reads_the_segments(panoptic):
    from mmdet.datasets import CocoPanopticDataset

    dataset = CocoPanopticDataset(
        data_root=str(panoptic),
        ann_file='annotations/panoptic_train.json',
        data_prefix=dict(img='train/', seg='panoptic/train/'),
        metainfo=dict(classes=(*THINGS, *STUFF), thing_classes=THINGS, stuff_classes=STUFF),
        pipeline=[],  # its loader of segments needs panopticapi, which no package index has
    )
    assert len(dataset) == NUM
    for index, record in enumerate(records(panoptic)):
        info = dataset.get_data_info(index)
        assert info['img_path'].endswith(record.files['image']) and info['seg_map_path'].endswith(
            record.files['panoptic']
        )
        sure = sorted(one.bbox for one in record.instances if not one.iscrowd and min(one.bbox[2:]) >= 1)
        found = [[x1, y1, x2 - x1, y2 - y1] for x1, y1, x2, y2 in (one['bbox'] for one in info['instances'])]
        assert sorted(found) == sure
        stuff = [one for one in info['segments_info'] if one['category'] == len(THINGS)]
        assert len(stuff) <= 1, 'stuff is one segment, and comes after the things'


def test_datumaro_reads_the_pixels(panoptic, in_folders, tmp_path):
    dm = pytest.importorskip('datumaro', reason='datumaro is not installed')
    for name, target in {
        'images/train': 'train',
        'annotations/panoptic_train': 'panoptic/train',
        'annotations/panoptic_train.json': 'annotations/panoptic_train.json',
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).symlink_to(panoptic / target)
    dataset = dm.Dataset.import_from(str(tmp_path), 'coco_panoptic')
    names = [label.name for label in dataset.categories()[dm.AnnotationType.label]]
    items = {item.attributes['id']: item for item in dataset}
    assert len(items) == NUM and set(names) == set(CLASSES)
    for record in records(in_folders):
        semantic = np.asarray(Image.open(in_folders / record.files['semantic']))
        masks = [rle.decode(one.segmentation).astype(bool) for one in record.instances]
        covered = np.logical_or.reduce([*masks, np.zeros_like(semantic, bool)])
        expected = {mask.tobytes() for mask in masks}
        if (background := (semantic == 0) & ~covered).any():
            expected.add(background.tobytes())
        found = {np.asarray(one.image).astype(bool).tobytes() for one in items[record.id + 1].annotations}
        assert found == expected, 'the rest is void'


def test_segments_are_described(in_folders, tmp_path):
    convert(in_folders, tmp_path / 'out', writer=dict(type='panoptic'), num=4)
    written = json.loads((tmp_path / 'out/annotations/panoptic_train.json').read_text())
    assert {one['name']: one['isthing'] for one in written['categories']} == {
        **dict.fromkeys(THINGS, 1),
        **dict.fromkeys(STUFF, 0),
    }
    assert len(written['images']) == len(written['annotations']) == 4
    for one in written['annotations']:
        pixels = np.asarray(Image.open(tmp_path / 'out/panoptic/train' / one['file_name'])).astype(int)
        ids = pixels @ (1, 256, 65536)
        assert sorted(segment['id'] for segment in one['segments_info']) == sorted(set(np.unique(ids)) - {0})
        for segment in one['segments_info']:
            x, y, width, height = segment['bbox']
            mask = ids == segment['id']
            assert mask.sum() == segment['area'] == mask[y : y + height, x : x + width].sum()


def test_it_needs_masks_and_instances(whole, tmp_path):
    with pytest.raises(UserError, match="writer 'panoptic' needs a semantic and an instance decoder; instance is not"):
        convert(whole, tmp_path / 'out', writer=dict(type='panoptic'))
