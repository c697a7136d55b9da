"""COCO's JSON."""

import json

import numpy as np
import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.label_maps import class_ids
from mmdatasetdm.own_dataset.layouts import find
from tests.own_dataset.conftest import coco_content


def read(root, **options):
    return find(root, **dict(task='semantic', classes=[]) | options)


def test_parts_classes_and_objects(coco):
    found = read(coco)
    assert found.layout == 'COCO JSON' and found.images == 'images' and found.classes == ['person', 'dog']
    assert [(one.name, one.split) for one in found.samples] == [(str(i), 'train' if i < 4 else 'val') for i in range(6)]
    assert [one.annotations[0].category for one in found.samples] == [0, 1, 0, 1, 0, 1]
    ids = class_ids(found.samples[1], None, unlabelled=0)
    assert ids.shape == (96, 128) and np.argwhere(ids).min(0).tolist() == [20, 30] and set(ids.ravel()) == {0, 2}


def test_a_crowd_is_ignored(coco):
    content = coco_content(['0.jpg', '1.jpg'])
    content['annotations'][0]['iscrowd'] = 1
    content['annotations'][1]['segmentation'] = dict(size=[96, 128], counts=[0, 96, 96 * 127])
    (coco / 'annotations/instances_train.json').write_text(json.dumps(content))
    first, second = (class_ids(one, None, unlabelled=0) for one in read(coco).samples[:2])
    assert set(first.ravel()) == {0, 255} and second[:, 0].tolist() == [2] * 96 and not second[:, 1:].any()


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda c: c['images'].append(dict(id=9, file_name='no.jpg', height=1, width=1)), 'are nowhere in'),
        (lambda c: c['annotations'][0].update(category_id=7), 'has category_id 7, which the file does not list'),
        (lambda c: c['categories'].pop(), 'its categories are not those of|which the file does not list'),
        (lambda c: c['annotations'][0].pop('bbox'), "every annotation needs 'bbox'"),
    ],
)
def test_what_is_wrong_with_a_file(coco, change, message):
    content = coco_content(['4.jpg', '5.jpg'])
    change(content)
    (coco / 'annotations/instances_val.json').write_text(json.dumps(content))
    with pytest.raises(UserError, match=message):
        read(coco)


def test_two_files_of_one_part(coco):
    (coco / 'annotations/more_train.json').write_text(json.dumps(coco_content(['0.jpg'])))
    assert len(read(coco).samples) == 6, 'the file that is named for its task is taken'
    (coco / 'annotations/instances_old_train.json').write_text(json.dumps(coco_content(['0.jpg'])))
    with pytest.raises(UserError, match='are both COCO files of train'):
        read(coco)
