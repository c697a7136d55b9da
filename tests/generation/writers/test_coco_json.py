"""COCO's JSON, written as a stream."""

import json
import tracemalloc

from mmdatasetdm.generation.records import Instance, SampleRecord
from mmdatasetdm.generation.scores import Scores
from mmdatasetdm.generation.writers.coco_json import write_coco

CATEGORIES = [dict(id=3, name='cat')]
FOUND = dict(category_id=3, bbox=[0.0, 0.0, 1.0, 1.0], area=1.0, iscrowd=0, segmentation={})
INSTANCE = Instance(**FOUND)
COMMON = dict(name='', prompt='', classes=[], size=[8, 6], failed=None, scores=Scores())
RECORDS = [
    SampleRecord(id=0, files=dict(image='JPEGImages/a.png'), instances=[INSTANCE, INSTANCE], **COMMON),
    SampleRecord(id=4, files=dict(image='JPEGImages/b.png'), instances=[], **COMMON),
]


def test_images_and_annotations(tmp_path):
    path = tmp_path / 'Annotations/instances.json'
    write_coco(path, lambda: iter(RECORDS), key='instances', categories=CATEGORIES, folder='JPEGImages/')
    written = json.loads(path.read_text())
    assert written['images'] == [
        dict(id=1, file_name='a.png', height=8, width=6),
        dict(id=5, file_name='b.png', height=8, width=6),
    ]
    assert written['annotations'] == [dict(id=n, image_id=1, **FOUND) for n in (1, 2)]
    assert written['categories'] == CATEGORIES and [file.name for file in path.parent.iterdir()] == [path.name]


def test_no_samples(tmp_path):
    write_coco(tmp_path / 'x.json', lambda: iter(()), key='instances', categories=[], folder='')
    assert json.loads((tmp_path / 'x.json').read_text())['images'] == []


def test_memory_does_not_grow_with_the_number_of_samples(tmp_path):
    """A hundred times the samples, the same peak of allocations: neither list is ever held."""

    def records(count: int):
        return lambda: (
            SampleRecord(id=index, files=dict(image=f'JPEGImages/{index}.png'), instances=[INSTANCE] * 3, **COMMON)
            for index in range(count)
        )

    peaks = []
    for count in (100, 10000):
        tracemalloc.start()
        path = tmp_path / f'{count}.json'
        write_coco(path, records(count), key='instances', categories=CATEGORIES, folder='JPEGImages/')
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert path.stat().st_size > 2_000_000 > 20 * peaks[1] and peaks[1] < 2 * peaks[0]
