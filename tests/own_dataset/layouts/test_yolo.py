"""YOLO's text files."""

import numpy as np
import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.label_maps import class_ids
from mmdatasetdm.own_dataset.layouts import find
from tests.own_dataset.conftest import CORNERS, put_images

POLYGON = ' '.join(map(str, (np.reshape(CORNERS, (-1, 2)) / (128, 96)).round(6).ravel()))


def write(root, line, *, facts='names: [person, dog]\n'):
    put_images(root, 'images/train/x.jpg', 'images/val/y.jpg')
    (root / 'labels/train').mkdir(parents=True)
    (root / 'labels/train/x.txt').write_text(line)
    (root / 'data.yaml').write_text(facts)
    return root


def read(root, **options):
    return find(root, **dict(task='semantic', classes=[]) | options)


def test_polygons_become_masks(tmp_path):
    found = read(write(tmp_path, f'1 {POLYGON}\n'))
    assert found.layout == 'YOLO' and found.classes == ['person', 'dog'] and found.images == 'images'
    assert [(one.name, one.split) for one in found.samples] == [('train/x', 'train'), ('val/y', 'val')]
    ids = class_ids(found.samples[0], None, unlabelled=0)
    assert ids.shape == (96, 128) and set(ids.ravel()) == {0, 2}
    assert np.argwhere(ids).min(0).tolist() == [20, 30] and np.argwhere(ids).max(0).tolist() == [59, 79]
    assert found.samples[1].annotations == []


def test_numbered_names(tmp_path):
    assert read(write(tmp_path, f'0 {POLYGON}\n', facts='names:\n  0: cat\n  1: cow\n')).classes == ['cat', 'cow']


@pytest.mark.parametrize(
    ('line', 'message'),
    [
        ('0 0.5 0.5 0.1 0.1', r'x.txt, line 1: a box without a mask; --task semantic needs polygons'),
        ('7 ' + POLYGON, r'x.txt, line 1: class 7; there are 2'),
        ('0 0.1 0.2 0.3', r'x.txt, line 1: 4 numbers; a polygon'),
        ('dog', r"x.txt, line 1: 'dog' is no row of numbers"),
    ],
)
def test_what_is_wrong_with_a_line(tmp_path, line, message):
    with pytest.raises(UserError, match=message):
        read(write(tmp_path, line))


def test_no_names(tmp_path):
    with pytest.raises(UserError, match='YOLO labels, but no class names'):
        read(write(tmp_path, f'0 {POLYGON}\n', facts='nc: 2\n'))
