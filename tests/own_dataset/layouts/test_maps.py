"""Two folders of the same names, Pascal VOC and Cityscapes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.layouts import find

GREY = Image.fromarray(np.zeros((8, 8), np.uint8))


def put(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith('.txt'):
            continue
        GREY.save(root / name)
    return root


def read(root: Path, **options):
    return find(root, task='semantic', **{'classes': ['a', 'b'], **options})


@pytest.mark.parametrize(
    'names',
    [
        ('images/x.jpg', 'masks/x.png', 'images/y.jpg', 'masks/y.png'),
        ('imgs/x.jpg', 'labels/x_mask.png', 'imgs/y.jpg', 'labels/y_mask.png'),
        ('x.jpg', 'x.png', 'y.jpg', 'y.png'),
        ('x.png', 'x_mask.png', 'y.png', 'y_mask.png'),
    ],
)
def test_images_and_label_maps_find_each_other(tmp_path, names):
    found = read(put(tmp_path, *names))
    assert [sample.name for sample in found.samples] == ['x', 'y'] and found.layout == 'images and label maps'
    assert [(one.image.relative_to(tmp_path).as_posix(), one.label.relative_to(tmp_path).as_posix()) for one in
            found.samples] == [names[:2], names[2:]]  # fmt: skip


def test_parts_are_folders(tmp_path):
    names = [f'{folder}/{part}/{part}1.png' for folder in ('images', 'annotations') for part in ('train', 'val')]
    found = read(put(tmp_path, *names))
    assert [(one.name, one.split) for one in found.samples] == [('train/train1', 'train'), ('val/val1', 'val')]
    assert found.images == 'images'


def test_pascal_voc_with_its_lists(tmp_path):
    names = [f'{folder}/{name}' for name in 'abc' for folder in ('JPEGImages', 'SegmentationClass')]
    root = put(tmp_path, *(f'{name}.{"jpg" if "JPEG" in name else "png"}' for name in names), 'JPEGImages/d.jpg')
    put(root, 'SegmentationObject/a.png')
    lists = root / 'ImageSets/Segmentation'
    lists.mkdir(parents=True)
    (lists / 'train.txt').write_text('a\nc\n')
    (lists / 'val.txt').write_text('b\n')
    found = read(root, classes=[])
    assert found.layout == 'Pascal VOC' and found.classes[:2] == ['background', 'aeroplane']
    assert {one.name: one.split for one in found.samples} == dict(a='train', b='val', c='train')
    assert found.samples[0].label.parent.name == 'SegmentationClass' and not found.warnings
    (lists / 'val.txt').write_text('b\na\n')
    with pytest.raises(UserError, match=r'val.txt: a is in train.txt too'):
        read(root)
    (lists / 'val.txt').write_text('e\n')
    with pytest.raises(UserError, match=r'val.txt: e has no image with a label map'):
        read(root)


def test_cityscapes_ids_become_the_judged_classes(tmp_path):
    for part in ('train', 'val'):
        ending = '_gtFine_labelIds'
        put(tmp_path, f'leftImg8bit/{part}/ulm/u_1_leftImg8bit.png', f'gtFine/{part}/ulm/u_1{ending}.png',
            f'gtFine/{part}/ulm/u_1_gtFine_color.png', f'gtFine/{part}/ulm/u_1_gtFine_instanceIds.png')  # fmt: skip
    found = read(tmp_path, classes=[])
    assert found.layout == 'Cityscapes' and found.classes[0] == 'road' and found.ids[7] == 0 and len(found.ids) == 19
    assert [one.split for one in found.samples] == ['train', 'val']
    assert all(one.label.stem == 'u_1_gtFine_labelIds' for one in found.samples)


def test_what_does_not_belong_together(tmp_path):
    root = put(tmp_path / 'a', 'images/x.jpg', 'masks/x.png', 'images/y.jpg')
    found = read(root)
    assert [one.name for one in found.samples] == ['x'] and '1 images have no label map' in found.warnings[0]
    with pytest.raises(UserError, match='no two of one name'):
        read(put(tmp_path / 'b', 'images/x.jpg', 'masks/y.png'))
    with pytest.raises(UserError, match='no labels for --task semantic were found; expected'):
        read(put(tmp_path / 'c', 'images/x.jpg'))
    with pytest.raises(UserError, match='there is no such folder'):
        read(tmp_path / 'd')
    with pytest.raises(UserError, match='two images are called x'):
        read(put(tmp_path / 'e', 'images/x.jpg', 'images/x.png', 'masks/x.png'))
