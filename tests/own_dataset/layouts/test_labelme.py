"""The JSON files of labelme."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.label_maps import class_ids
from mmdatasetdm.own_dataset.layouts import find
from tests.own_dataset.conftest import CORNERS, put_images

BOX = [[30, 20], [80, 60]]


def shape(label, points, kind='polygon', **more):
    return dict(label=label, points=points, shape_type=kind, **more)


def write(root, *shapes, name='x'):
    put_images(root, f'{name}.jpg')
    content = dict(version='5.0', imagePath=f'{name}.jpg', imageHeight=96, imageWidth=128, shapes=shapes)
    (root / f'{name}.json').write_text(json.dumps(content))
    return root


def read(root, **options):
    return find(root, **dict(task='semantic', classes=[]) | options)


def test_shapes_of_all_kinds(tmp_path):
    picture = io.BytesIO()
    Image.fromarray(np.full((3, 2), 255, np.uint8)).save(picture, 'PNG')
    mask = shape('dog', [[0, 0], [1, 2]], 'mask', mask=base64.b64encode(picture.getvalue()).decode())
    write(
        tmp_path,
        shape('person', np.reshape(CORNERS, (-1, 2)).tolist()),
        mask,
        shape('dog', [[110, 48], [110, 58]], 'circle'),
        shape('dog', [[1, 1], [2, 2]], 'line'),
        shape('__ignore__', [[0, 90], [128, 96]], 'rectangle'),
    )
    found = read(tmp_path)
    assert found.layout == 'labelme JSON' and found.classes == ['dog', 'person']
    ids = class_ids(found.samples[0], None, unlabelled=0)
    assert ids[40, 50] == 2 and ids[48, 110] == 1 and ids[93, 5] == 255 and (ids[:3, :2] == 1).all()
    assert ids[3, 0] == ids[0, 2] == 0 and 300 < (ids[30:60, 95:] == 1).sum() < 330, 'about 10^2 pi pixels'
    assert found.warnings == ['1 shapes of type line have no area and are left out']


def test_given_classes_keep_their_order(tmp_path):
    write(tmp_path, shape('dog', BOX, 'rectangle'))
    assert read(tmp_path, classes=['person', 'dog']).classes == ['person', 'dog']
    with pytest.raises(UserError, match=r'shape 1 \(dog\): there is no such class'):
        read(tmp_path, classes=['person'])


def test_what_is_wrong_with_a_file(tmp_path):
    write(tmp_path, shape('dog', BOX, 'rectangle'))
    (tmp_path / 'x.jpg').unlink()
    with pytest.raises(UserError, match=r'x.json: its image x.jpg is nowhere'):
        read(tmp_path)
    (tmp_path / 'x.json').write_text('{"shapes": [')
    with pytest.raises(UserError, match=r'x.json is not readable JSON'):
        read(tmp_path)
    (tmp_path / 'x.json').write_text('{"shapes": []}')
    with pytest.raises(UserError, match=r'x.json: there is no imagePath'):
        read(tmp_path)
