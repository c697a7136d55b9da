"""Images with depth maps, as people and the well-known data sets lay them out."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.layouts import find

PHOTO = Image.fromarray(np.zeros((8, 8, 3), np.uint8))
DEEP = Image.fromarray(np.full((8, 8), 2000, np.uint16))


def put(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == '.npy':
            np.save(path, np.full((8, 8), 2.0, np.float32))
        else:
            (DEEP if any(word in name for word in ('depth', 'velodyne', 'annotations')) else PHOTO).save(path)
    return root


def read(root: Path):
    return find(root, task='depth', classes=[])


@pytest.mark.parametrize(
    'names',
    [
        ('images/x.jpg', 'depth/x.png', 'images/y.jpg', 'depth/y.png'),
        ('images/x.jpg', 'annotations/x.png', 'images/y.jpg', 'annotations/y.png'),
        ('rgb/x.png', 'depth_npy/x.npy', 'rgb/y.png', 'depth_npy/y.npy'),
        ('x.png', 'x_depth.npy', 'y.png', 'y_depth.npy'),
        ('x_rgb.jpg', 'x_depth.tif', 'y_rgb.jpg', 'y_depth.tif'),
        ('rgb_x.jpg', 'sync_depth_x.png', 'rgb_y.jpg', 'sync_depth_y.png'),
        ('Depths/color/x.png', 'Depths/depth/x.png', 'Depths/color/y.png', 'Depths/depth/y.png'),
    ],
)
def test_images_and_depth_maps_find_each_other(tmp_path, names):
    found = read(put(tmp_path, *names))
    pairs = [(one.image.relative_to(tmp_path).as_posix(), one.label.relative_to(tmp_path).as_posix()) for one in
             found.samples]  # fmt: skip
    assert pairs == [names[:2], names[2:]] and not found.warnings


def test_other_pictures_are_no_images_and_no_depths(tmp_path):
    names = ['x.png', 'x_depth.npy', 'x_depth_mask.npy', 'x_depth_vis.png', 'labels/x.png', 'z.png']
    found = read(put(tmp_path, *names))
    assert [(one.name, one.label.name) for one in found.samples] == [('x', 'x_depth.npy')]
    assert found.warnings == [f'1 images have no depth map, as {tmp_path / "z.png"}: left out']


def test_parts_are_folders_whose_images_may_have_the_same_names(tmp_path):
    names = [f'{folder}/{part}/1.png' for folder in ('images', 'depth') for part in ('train', 'val', 'test')]
    found = read(put(tmp_path, *names))
    assert [(one.name, one.split) for one in found.samples] == [
        (f'{part}/1', part) for part in ('test', 'train', 'val')
    ]
    assert all(one.split in one.label.parts for one in found.samples) and found.images == 'images'


def test_kittis_two_trees(tmp_path):
    drive = '2011_09_26_drive_0001_sync'
    names = [f'raw/2011_09_26/{drive}/image_0{camera}/data/0000000005.png' for camera in (2, 3)]
    names += [f'train/{drive}/proj_depth/groundtruth/image_0{camera}/0000000005.png' for camera in (2, 3)]
    found = read(put(tmp_path, *names))
    assert found.layout == 'KITTI' and [one.split for one in found.samples] == ['train'] * 2
    for one in found.samples:
        assert next(part for part in one.image.parts if 'image_' in part) in one.label.parts


def test_kittis_selection(tmp_path):
    name = '2011_09_26_drive_0002_sync_{}_0000000005_image_02.png'
    folders = dict(image='image', groundtruth_depth='groundtruth_depth', velodyne_raw='velodyne_raw')
    found = read(put(tmp_path, *(f'{folder}/{name.format(word)}' for word, folder in folders.items())))
    assert found.layout == 'KITTI' and [one.label.parent.name for one in found.samples] == ['groundtruth_depth']
    assert not found.warnings


def test_lists_choose(tmp_path):
    root = put(tmp_path, *(f'{folder}/{name}.png' for folder in ('images', 'depth') for name in 'abc'))
    (root / 'train.txt').write_text('a\n')
    (root / 'val.txt').write_text('c\n')
    assert [(one.name, one.split) for one in read(root).samples] == [('a', 'train'), ('c', 'val')]


@pytest.mark.parametrize(
    ('names', 'message'),
    [
        (['images/x.jpg'], 'no labels for --task depth were found; expected images and depth maps'),
        (['images/x.jpg', 'depth/y.png'], 'as x.jpg, and 1 depth maps, as y.png, and no two of one name'),
        (['images/x.jpg', 'disparity/x.png'], 'disparities are no depths'),
    ],
)
def test_what_is_wrong(tmp_path, names, message):
    with pytest.raises(UserError, match=message):
        read(put(tmp_path, *names))
