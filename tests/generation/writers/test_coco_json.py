"""COCO's JSON, written as a stream."""

import json

from mmdatasetdm.generation.writers.coco_json import write_coco

CATEGORIES = [dict(id=3, name='cat')]
RECORDS = [
    dict(id=0, size=[8, 6], files=dict(image='JPEGImages/a.png'), found=[dict(category_id=3), dict(category_id=3)]),
    dict(id=4, size=[8, 6], files=dict(image='JPEGImages/b.png'), found=[]),
]


def test_images_and_annotations(tmp_path):
    path = tmp_path / 'Annotations/instances.json'
    write_coco(path, lambda: iter(RECORDS), key='found', categories=CATEGORIES, folder='JPEGImages/')
    written = json.loads(path.read_text())
    assert written['images'] == [
        dict(id=1, file_name='a.png', height=8, width=6),
        dict(id=5, file_name='b.png', height=8, width=6),
    ]
    assert written['annotations'] == [dict(id=n, image_id=1, category_id=3) for n in (1, 2)]
    assert written['categories'] == CATEGORIES and [file.name for file in path.parent.iterdir()] == [path.name]


def test_no_samples(tmp_path):
    write_coco(tmp_path / 'x.json', lambda: iter(()), key='found', categories=[], folder='')
    assert json.loads((tmp_path / 'x.json').read_text())['images'] == []
