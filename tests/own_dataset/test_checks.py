"""What is wrong in a labelled folder is said before anything is trained."""

import shutil

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.checks import check_duplicates, check_orientations, divide, image_shape, in_every_picture
from mmdatasetdm.own_dataset.layouts import find


def read(root):
    return find(root, task='semantic', classes=[])


def test_images_are_held_out_where_no_part_is_named(pairs):
    found = read(pairs)
    divide(found)
    assert [len(found.of(split)) for split in ('train', 'val')] == [5, 1]
    for path in sorted((pairs / 'images').iterdir())[1:]:
        path.unlink()
    with pytest.raises(UserError, match='there is one labelled image'):
        divide(read(pairs))


def test_an_image_in_two_parts(pairs):
    shutil.copy(pairs / 'images/0.jpg', pairs / 'images/4.jpg')
    found = read(pairs)
    divide(found)
    check_duplicates(found)
    assert len(found.warnings) == 1 and 'images are in two parts' in found.warnings[0]
    assert '0.jpg (train) and' in found.warnings[0] and '4.jpg (val)' in found.warnings[0]


def test_an_image_that_its_exif_tag_turns(pairs):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(pairs / 'images/2.jpg').save(pairs / 'images/2.jpg', exif=exif)
    assert image_shape(pairs / 'images/2.jpg') == (128, 96)
    assert image_shape(pairs / 'images/1.jpg') == (96, 128)
    found = read(pairs)
    check_orientations(found)
    assert '1 images are turned' in found.warnings[0]
    (pairs / 'images/3.jpg').write_bytes((pairs / 'images/3.jpg').read_bytes()[:500])
    with pytest.raises(UserError, match=r'images/3.jpg is no image, or damaged'):
        image_shape(pairs / 'images/3.jpg')


def test_a_class_in_every_picture_is_found():
    assert in_every_picture(np.array([30, 30, 4, 0]), 30, background=0) == [1]
    assert in_every_picture(np.array([30, 30, 30]), 30, background=0) == [], 'no class would be left'
    assert in_every_picture(np.array([5, 5, 1]), 5, background=0) == [], 'too few images to tell'
