"""dataset.json is checked when it is read."""

import json

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.dataset_info import DatasetInfo, Throughput, read_dataset

INFO = DatasetInfo(
    fingerprint='f00',
    num=2,
    samples=2,
    selected=1,
    failed=0,
    failures={},
    filters=[dict(type='MeanConfidence', at_least=0.5, dropped=1, reasons={'below 0.5': 1})],
    ignored_fraction=0.25,
    mean_confidence=0.5,
    per_class=dict(cat=dict(prompted=2, images=1, pixel_fraction=0.5)),
    classes=['cat'],
    palette=[[1, 2, 3]],
    coco_files=dict(instance=dict(train='a.json')),
    throughput=Throughput(images_per_second=1.0, seconds=2.0, seconds_per_image=dict(write=1.0), devices=['CPU']),
    code_versions=['1.0'],
    recipe=dict(
        generator='g00', seed=3, sampler=dict(scheduler='DDIMScheduler', steps=2, guidance=1.5, width=64), decoders={}
    ),
)


def test_it_is_read_as_it_was_written(tmp_path):
    value = INFO.as_json()
    assert 'label_names' not in value and value['coco_files'] and value['filters'][0]['at_least'] == 0.5
    (tmp_path / 'dataset.json').write_text(json.dumps(value))
    assert read_dataset(tmp_path, DatasetInfo) == INFO, 'with what filters and recipes have of their own'


def test_a_data_set_of_another_version(tmp_path):
    (tmp_path / 'dataset.json').write_text('{"format": 1, "samples": 2}')
    with pytest.raises(UserError, match=r'dataset\.json has no schema_version, and this version reads'):
        read_dataset(tmp_path, DatasetInfo)
