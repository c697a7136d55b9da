"""Depth maps of any kind as metres."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.depth_maps import metres, read_numbers, step_between, unit_of
from mmdatasetdm.own_dataset.samples import LabelledFolder, Sample


def folder(path: Path, values: np.ndarray, *, layout: str = 'images and depth maps') -> LabelledFolder:
    if path.suffix == '.npy':
        np.save(path, values)
    else:
        Image.fromarray(values).save(path)
    samples = [Sample(name='x', image=path.with_suffix('.jpg'), label=path)]
    return LabelledFolder(root=path.parent, layout=layout, images='', samples=samples)


@pytest.mark.parametrize(
    ('file', 'values', 'layout', 'scale'),
    [
        ('x.png', np.uint16([[700, 2500, 9900]]), 'images and depth maps', 1000),
        ('x.png', np.uint16([[0, 2500, 9900]]), 'KITTI', 256),
        ('x.png', np.uint16([[500, 2500, 65535]]), 'Virtual KITTI', 100),
        ('x.npy', np.float32([[0.7, 2.5, np.nan]]), 'images and depth arrays', 1),
        ('x.tif', np.float32([[700, 2500, 9900]]), 'images and depth maps', 1000),
        ('x.npy', np.int64([[700, 2500, 9900]]), 'images and depth arrays', 1000),
    ],
)
def test_the_unit_is_seen(tmp_path, file, values, layout, scale):
    found = folder(tmp_path / file, values, layout=layout)
    unit = unit_of(found, None)
    assert unit.scale == scale
    depth = metres(read_numbers(tmp_path / file), unit.scale)
    assert depth[0, 1] == pytest.approx(2500 / scale if values.dtype.kind != 'f' else 2.5)


@pytest.mark.parametrize(
    ('file', 'values', 'message'),
    [
        ('x.png', np.uint8([[7, 25, 99]]), 'of 8 bits; their numbers have no usual unit: .*--depth-scale 1000'),
        ('x.npy', np.float32([[0.001, 0.02, 0.05]]), 'half of the numbers are below 0.02: no metres'),
        ('x.png', np.uint16([[5, 9, 12]]), 'below 9: neither metres nor millimetres; say how many'),
        ('x.png', np.uint16([[0, 0]]), 'hold no depth at all'),
    ],
)
def test_what_cannot_be_seen_is_asked(tmp_path, file, values, message):
    found = folder(tmp_path / file, values)
    with pytest.raises(UserError, match=message):
        unit_of(found, None)
    assert unit_of(found, 25.5).scale == 25.5


def test_unknown_depths_are_zero():
    given = np.float32([[0, -1, np.nan, np.inf, 5000, 2]])
    assert metres(given, 1).tolist() == [[0, 0, 0, 0, 0, 2]]
    assert metres(np.uint16([[0, 65535, 512]]), 256).tolist() == [[0, 0, 2]]


def test_arrays_of_other_shapes(tmp_path):
    np.save(tmp_path / 'x.npy', np.ones((1, 4, 5)))
    np.savez(tmp_path / 'y.npz', depth=np.ones((4, 5, 1)), valid=np.ones(3))
    assert read_numbers(tmp_path / 'x.npy').shape == read_numbers(tmp_path / 'y.npz').shape == (4, 5)


@pytest.mark.parametrize(
    ('write', 'message'),
    [
        (lambda path: np.savez(path, a=np.ones(3), b=np.ones(3)), 'holds the arrays a, b; one must be called depth'),
        (
            lambda path: np.savez(path, depth=np.ones((4, 5, 3))),
            r'has one channel of numbers, this one is float64 \(4, 5',
        ),
        (lambda path: path.write_bytes(b'PK none'), 'is no array of numbers'),
    ],
)
def test_what_is_no_depth_map(tmp_path, write, message):
    write(tmp_path / 'x.npz')
    with pytest.raises(UserError, match=message):
        read_numbers(tmp_path / 'x.npz')


def test_a_picture_of_colours_is_no_depth_map(tmp_path):
    Image.fromarray(np.zeros((4, 5, 3), np.uint8)).save(tmp_path / 'x.png')
    with pytest.raises(
        UserError, match=r'x.png: a depth map has one channel of numbers, this one is uint8 \(4, 5, 3\)'
    ):
        read_numbers(tmp_path / 'x.png')


def test_depths_that_had_8_bits_are_told():
    fine = np.linspace(1, 5, 1000).reshape(10, 100)
    assert step_between([fine]) is None
    assert step_between([np.round(fine / 0.04) * 0.04]) == pytest.approx(0.04)
