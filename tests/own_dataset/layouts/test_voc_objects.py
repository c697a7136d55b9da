"""Pascal VOC's objects."""

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.label_maps import mask_of
from mmdatasetdm.own_dataset.layouts import find


def put(root, name: str, classes: np.ndarray, objects: np.ndarray) -> None:
    for folder, values in (('JPEGImages', None), ('SegmentationClass', classes), ('SegmentationObject', objects)):
        (root / folder).mkdir(parents=True, exist_ok=True)
        if values is None:
            Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(root / f'{folder}/{name}.jpg')
            continue
        image = Image.fromarray(values.astype(np.uint8), mode='P' if values.ndim == 2 else 'RGB')
        if values.ndim == 2:
            image.putpalette([value for index in range(256) for value in (index, 255 - index, 7)])
        image.save(root / f'{folder}/{name}.png')


@pytest.fixture
def maps():
    """Two chairs (class 9) that touch, a person (15), and a border that is ignored."""
    classes, objects = np.zeros((8, 8), int), np.zeros((8, 8), int)
    classes[2:6, :4], objects[2:6, :2], objects[2:6, 2:4] = 9, 1, 2
    classes[2:6, 5:7], objects[2:6, 5:7] = 15, 3
    classes[1], objects[1] = 255, 255
    return classes, objects


def test_objects_of_one_class_are_told_apart(tmp_path, maps):
    put(tmp_path / 'VOC2012', 'a', *maps)
    put(tmp_path / 'VOC2012', 'b', *maps)
    found = find(tmp_path, task='instance', classes=[])
    assert found.layout == 'Pascal VOC' and found.classes[0] == 'aeroplane' and len(found.classes) == 20
    one = found.samples[0]
    assert one.size == (8, 8) and one.label is None
    assert [found.classes[obj.category] for obj in one.annotations] == ['chair', 'chair', 'person']
    assert [obj.bbox for obj in one.annotations] == [[0, 2, 2, 4], [2, 2, 2, 4], [5, 2, 2, 4]]
    assert mask_of(one.annotations[1].segmentation, (8, 8)).sum() == 8 == one.annotations[1].area
    assert not found.warnings


def test_colours_as_cvat_writes_them(tmp_path, maps):
    classes, objects = maps
    table = np.zeros((256, 3), int)
    table[[9, 15, 255]] = (10, 0, 0), (0, 20, 0), (224, 224, 192)
    put(tmp_path, 'a', table[classes], np.stack([objects * 3, objects, objects], -1))
    (tmp_path / 'labelmap.txt').write_text('background:0,0,0::\nchair:10,0,0::\nman:0,20,0::\nvoid:224,224,192::\n')
    found = find(tmp_path, task='instance', classes=[])
    names = [found.classes[obj.category] for obj in found.samples[0].annotations]
    assert found.classes == ['chair', 'man', 'void'] and sorted(names) == ['chair', 'chair', 'man', 'void']


def test_an_object_of_two_classes_is_told(tmp_path, maps):
    classes, objects = maps
    classes[2:4, :2] = 15
    classes[4, 0] = 15
    put(tmp_path, 'a', classes, objects)
    found = find(tmp_path, task='instance', classes=[])
    assert found.warnings[0].startswith('1 objects are of several classes in SegmentationClass, as ')
    assert 'a.png, object 1' in found.warnings[0]


def test_what_is_wrong(tmp_path, maps):
    put(tmp_path, 'a', *maps)
    put(tmp_path, 'b', *maps)
    (tmp_path / 'SegmentationObject/b.png').unlink()
    with pytest.raises(UserError, match=r'SegmentationClass/b.png has no .*SegmentationObject/b.png'):
        find(tmp_path, task='instance', classes=[])
