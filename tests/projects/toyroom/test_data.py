"""The labelled sets that ship, read with readers that are not ours."""

import json
from collections import Counter

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from mmdatasetdm.toyroom.captions import CLASSES
from mmdatasetdm.toyroom.paths import TOYROOM_DATA

SPLITS = {'train_200': 200, 'val': 100, 'test': 300, 'test_street': 200}


def ids(name: str) -> list[str]:
    return (TOYROOM_DATA / f'ImageSets/Segmentation/{name}.txt').read_text().split()


def objects() -> dict[str, list[str]]:
    rows = map(json.loads, (TOYROOM_DATA / 'captions.jsonl').read_text().splitlines())
    return {row['id']: row['classes'] for row in rows}


def test_lists_have_their_sizes_and_are_nested():
    assert {name: len(ids(name)) for name in SPLITS} == SPLITS
    everything = [i for name in SPLITS for i in ids(name)]
    assert len(everything) == len(set(everything))
    for small, large in ((10, 20), (20, 50), (50, 100), (100, 200)):
        assert ids(f'train_{large}')[:small] == ids(f'train_{small}')


def test_ten_images_show_every_class_and_twenty_show_each_twice():
    shown = objects()
    for size, times in ((10, 1), (20, 2)):
        counts = Counter(name for i in ids(f'train_{size}') for name in set(shown[i]))
        assert all(counts[name] >= times for name in CLASSES[1:]), counts


@pytest.mark.parametrize('split', SPLITS)
def test_every_image_has_a_mask_of_its_objects_and_a_depth_in_millimetres(split):
    shown = objects()
    for i in ids(split)[::20]:
        image = np.asarray(Image.open(TOYROOM_DATA / f'JPEGImages/{i}.jpg'))
        mask = np.asarray(Image.open(TOYROOM_DATA / f'SegmentationClass/{i}.png'))
        depth = np.asarray(Image.open(TOYROOM_DATA / f'Depth/{i}.png'))
        assert image.shape == (128, 128, 3)
        assert {CLASSES[c] for c in np.unique(mask)} - {'background'} == set(shown[i])
        assert depth.dtype in (np.uint16, np.int32)
        assert 300 < np.median(depth[mask > 0]) < 8000


@pytest.mark.parametrize('split', SPLITS)
def test_instances_lie_in_their_class_and_cover_it(split):
    coco = COCO(TOYROOM_DATA / f'Annotations/instances_{split}.json')
    assert len(coco.imgs) == SPLITS[split]
    for image in list(coco.imgs.values())[::25]:
        mask = np.asarray(Image.open(TOYROOM_DATA / 'SegmentationClass' / image['file_name'].replace('jpg', 'png')))
        union = np.zeros_like(mask)
        for annotation in coco.loadAnns(coco.getAnnIds(image['id'])):
            instance = coco.annToMask(annotation).astype(bool)
            assert instance.sum() == annotation['area']
            assert (mask[instance] == annotation['category_id']).all()
            union[instance] = annotation['category_id']
        np.testing.assert_array_equal(union, mask)


@pytest.mark.parametrize('split', SPLITS)
def test_visible_keypoints_lie_on_their_person(split):
    coco = COCO(TOYROOM_DATA / f'Annotations/person_keypoints_{split}.json')
    seen = 0
    for annotation in coco.anns.values():
        mask = coco.annToMask(annotation)
        for x, y, visibility in np.reshape(annotation['keypoints'], (17, 3)):
            if visibility == 2:
                seen += 1
                # two decimals of a pixel may round over its edge
                assert mask[int(y - 0.01) : int(y + 0.01) + 1, int(x - 0.01) : int(x + 0.01) + 1].any()
    assert seen > 10 * len(coco.anns) / 2
