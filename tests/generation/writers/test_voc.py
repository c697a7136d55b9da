"""Files: equal bytes for equal values, and lossless where it matters."""

import io

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.writers.palette import default_palette
from mmdatasetdm.generation.writers.voc import VocOptions, VocWriter

IMAGE = np.random.default_rng(0).integers(0, 256, (16, 24, 3), np.uint8)
LABELS = np.array([[0, 1, 2, 255]], np.uint8).repeat(3, 0)


def test_png_keeps_every_value():
    writer = VocWriter(options=VocOptions(), palette=default_palette(3))
    assert (np.asarray(Image.open(io.BytesIO(writer.encode_image(IMAGE)))) == IMAGE).all()
    mask = Image.open(io.BytesIO(writer.encode_mask(LABELS)))
    assert mask.mode == 'P' and (np.asarray(mask) == LABELS).all()
    assert np.asarray(mask.convert('RGB'))[0, 3].tolist() == [224, 224, 192]
    assert writer.encode_mask(LABELS) == writer.encode_mask(LABELS.copy())


def test_jpg():
    writer = VocWriter(options=VocOptions(image_format='jpg', quality=100), palette=default_palette(3))
    image = Image.open(io.BytesIO(writer.encode_image(IMAGE)))
    assert writer.img_suffix == '.jpg' and image.format == 'JPEG'
    assert np.abs(np.asarray(image).astype(int) - IMAGE).mean() < 2


@pytest.mark.parametrize('labels', [LABELS, np.zeros((5, 7), np.uint8)])
def test_size_is_kept(labels):
    writer = VocWriter(options=VocOptions(), palette=default_palette(3))
    assert Image.open(io.BytesIO(writer.encode_mask(labels))).size == labels.shape[::-1]


def test_names_of_colours_are_lines_of_four_parts():
    """What CVAT and datumaro read: ':' ends a name, and a line with '#' in front is a comment."""
    classes = ('background', 'light: red', '#1', 'a,b')
    writer = VocWriter(options=VocOptions(), palette=default_palette(4), classes=classes)
    lines = writer.files()['labelmap.txt'].splitlines()[1:]
    assert [line.split(':')[0] for line in lines] == ['background', 'light_ red', '_1', 'a,b', 'ignored']
    assert all(line.count(':') == 3 and not line.startswith('#') for line in lines)
    for twins in (('a:b', 'a_b'), ('ignored', 'a')):
        with pytest.raises(UserError, match=r'are one in labelmap\.txt'):
            VocWriter(options=VocOptions(), palette=default_palette(2), classes=twins).files()
