"""COCO files that mmdet and mmpose stumble over, and objects that they leave out in silence."""

import copy
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from PIL import Image

from mmdatasetdm.datasets import FewShotDataset
from mmdatasetdm.errors import UserError

CLASSES = ('person', 'dog', 'cup')
MASKS = [
    dict(type='LoadImageFromFile'),
    dict(type='mmdet.LoadAnnotations', with_bbox=True, with_mask=True),
    dict(type='mmdet.PackDetInputs'),
]


def content() -> dict:
    """Two images of 20 x 10 with two objects each; keypoints beside the boxes."""
    objects = []
    for number in range(4):
        x = 2 + 8 * (number % 2)
        objects.append(
            dict(
                id=number + 1,
                image_id=number // 2 + 1,
                category_id=1 + number % 3,
                bbox=[x, 1, 6, 6],
                area=36,
                iscrowd=0,
                segmentation=[[x, 1, x + 6, 1, x + 6, 7, x, 7]],
                keypoints=[x + 3, 4, 2] * 17,
                num_keypoints=17,
            )
        )
    return dict(
        images=[dict(id=number, file_name=f'{number}.jpg', height=10, width=20) for number in (1, 2)],
        annotations=objects,
        categories=[dict(id=number, name=name) for number, name in enumerate(CLASSES, start=1)],
    )


@pytest.fixture
def root(tmp_path) -> Path:
    init_default_scope('mmseg')
    (tmp_path / 'images').mkdir()
    for number in (1, 2):
        Image.fromarray(np.full((10, 20, 3), 50 * number, np.uint8)).save(tmp_path / f'images/{number}.jpg')
    return tmp_path


def write(root: Path, change: Callable[[dict], None] = lambda coco: None) -> None:
    coco = copy.deepcopy(content())
    change(coco)
    (root / 'coco.json').write_text(json.dumps(coco))


def make(root: Path, library: str = 'mmdet', **changes) -> FewShotDataset:
    stock = dict(
        type=f'{library}.CocoDataset', data_root=str(root), ann_file='coco.json', data_prefix=dict(img='images/')
    )
    if library == 'mmdet':
        stock.update(metainfo=dict(classes=CLASSES), pipeline=MASKS)
    else:
        pytest.importorskip('mmpose.datasets')
        stock.update(pipeline=[dict(type='mmpose.LoadImage')])
    return FewShotDataset(dataset={**stock, **changes})


def change(key: str, value: object, *, number: int = 2) -> Callable[[dict], None]:
    """A key of one annotation."""
    return lambda coco: coco['annotations'][number - 1].update({key: value})


def drop(key: str, records: str = 'annotations') -> Callable[[dict], None]:
    return lambda coco: coco[records][1].pop(key)


def of_every(key: str, value: object) -> Callable[[dict], None]:
    return lambda coco: [one.update({key: value}) for one in coco['annotations']]


def test_what_is_right_says_nothing(root, said):
    write(root)
    assert [len(make(root).get_data_info(index)['instances']) for index in range(2)] == [2, 2]
    assert len(make(root)[0]['data_samples'].gt_instances) == 2
    assert len(make(root, 'mmpose')) == 4
    assert said == []


@pytest.mark.parametrize(
    ('wrong', 'words'),
    [
        (drop('area'), "annotation 2 has no 'area'; every annotation needs 'area' (a number), and 1 of 4 lack it"),
        (drop('bbox'), "annotation 2 has no 'bbox'"),
        (drop('category_id'), "annotation 2 has no 'category_id'"),
        (drop('image_id'), "annotation 2 has no 'image_id'"),
        (drop('width', 'images'), "image 2 has no 'width'"),
        (drop('file_name', 'images'), "image 2 has no 'file_name'"),
        (drop('name', 'categories'), "category 2 has no 'name'"),
        (change('area', '36'), "annotation 2 has area='36'"),
        (change('bbox', [1, 2, 3]), 'the bbox of annotation 2 must be [x, y, width, height], got [1, 2, 3]'),
        (change('bbox', ['1', 2, 3, 4]), 'the bbox of annotation 2 must be'),
        (change('id', 1), '2 annotations have the id 1'),
        (drop('segmentation'), 'annotation 2 has no segmentation, and the config trains on masks'),
        (change('segmentation', dict(size=[20, 10], counts='')), 'annotation 2 has size=[20, 10] (height, width)'),
        (lambda coco: coco.pop('images'), 'must hold the lists images, annotations and categories'),
        (lambda coco: coco.update(annotations={}), 'must hold the lists'),
        (lambda coco: coco['categories'].reverse(), 'in another order, cup, dog, person'),
        (lambda coco: coco['categories'].pop(1), 'it has no category dog'),
        (lambda coco: [one.update(name=one['name'].upper()) for one in coco['categories']], 'the config knows none'),
        (lambda coco: coco['annotations'].clear(), 'the list of images is empty; '),
        (of_every('area', 0), 'of 4 annotations none is left; left out are 4 with area 0'),
        (of_every('iscrowd', '0'), 'none is left; left out are 4 iscrowd as text'),
    ],
)
def test_a_file_of_objects_that_ends_in_one_line(root, wrong, words):
    write(root, wrong)
    filters = dict(filter_cfg=dict(filter_empty_gt=True)) if 'is empty' in words else {}
    with pytest.raises(UserError) as raised:
        make(root, **filters)
    assert str(raised.value).startswith(str(root / 'coco.json')) and words in str(raised.value)
    assert '\n' not in str(raised.value)


@pytest.mark.parametrize(
    ('wrong', 'words'),
    [
        (change('area', 0), '1 of 4 annotations are left out: 1 with area 0'),
        (change('category_id', 9), '1 of category id 9, which the file does not list'),
        (change('bbox', [30, 1, 5, 5]), '1 with a box outside of the image'),
        (change('bbox', [3, 1, 0.5, 5]), '1 with a box below one pixel'),
        (change('iscrowd', '0'), '1 iscrowd as text, which counts as a crowd whatever it says'),
        (change('segmentation', [[1, 1, 5, 5]]), '1 without a polygon of three corners'),
        (change('segmentation', [[1, 1, 5, 5, 1, 1]]), '1 without a polygon of three corners'),
        (change('image_id', 7), '1 of images that are not in the file'),
        (
            lambda coco: (coco['categories'].append(dict(id=9, name='elf')), change('category_id', 9)(coco)),
            '1 of category elf, which the config does not know',
        ),
    ],
)
def test_objects_that_are_left_out_are_counted(root, said, wrong, words):
    write(root, wrong)
    dataset = make(root)
    (line,) = said
    assert words in line and str(root / 'coco.json') in line
    kept = sum(len(item['data_samples'].gt_instances) for item in dataset)
    assert kept == 3, 'mmdet leaves out what is counted, and no more'


@pytest.mark.parametrize('library', ['mmdet', 'mmpose'])
def test_an_image_of_another_size_than_the_file_says(root, library):
    write(root, lambda coco: coco['images'][1].update(height=20, width=10))
    with pytest.raises(UserError, match=r'images/2\.jpg is 20x10, but .*coco\.json says 10x20'):
        make(root, library)
    write(root)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new('RGB', (20, 10)).save(root / 'images/2.jpg', exif=exif)
    with pytest.raises(UserError, match=r'images/2\.jpg is 10x20, but .* says 20x10; its EXIF orientation turns'):
        make(root, library)
    (root / 'images/2.jpg').unlink()
    with pytest.raises(UserError, match=r'images/2\.jpg: no such file'):
        make(root, library)


@pytest.mark.parametrize(
    ('wrong', 'words'),
    [
        (change('keypoints', [1, 2, 2] * 14), 'annotation 2 has 14 keypoints; the config has 17'),
        (of_every('iscrowd', '0'), 'of its 4 annotations are left out 4 iscrowd as text'),
        (lambda coco: [one.pop('bbox') for one in coco['annotations']], 'are left out 4 without a bbox'),
        (lambda coco: [one.pop('keypoints') for one in coco['annotations']], 'are left out 4 without keypoints'),
        (lambda coco: coco['annotations'].clear(), 'has no annotations'),
        (lambda coco: coco['images'][0].update(id='a'), "image a has id='a'"),
    ],
)
def test_a_file_of_people_that_ends_in_one_line(root, wrong, words):
    write(root, wrong)
    with pytest.raises(UserError) as raised:
        make(root, 'mmpose')
    assert words in str(raised.value) and str(root / 'coco.json') in str(raised.value)
    assert '\n' not in str(raised.value)


def test_people_that_are_left_out_are_counted(root, said):
    write(root, drop('bbox'))
    assert len(make(root, 'mmpose')) == 3
    (line,) = said
    assert '1 of 4 annotations are left out: 1 without a bbox' in line


@pytest.mark.parametrize('text', ['', '{"images": [', '[]', 'null'])
def test_a_damaged_file(root, text):
    (root / 'coco.json').write_text(text)
    for library in ('mmdet', 'mmpose'):
        with pytest.raises(UserError, match=r'coco\.json is (not readable JSON|not a COCO file)'):
            make(root, library)
