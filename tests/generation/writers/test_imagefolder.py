"""Hugging Face's imagefolder, read by its library."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.generation.conversion import convert
from mmdatasetdm.generation.storage.manifest import read_manifest
from mmdatasetdm.generation.storage.plan import Plan
from mmdatasetdm.generation.storage.shards import ShardStore
from tests.generation.conftest import CLASSES

NUM = 10


def test_the_library_reads_it(in_folders, tmp_path):
    datasets = pytest.importorskip('datasets', reason='datasets is not installed')
    out = tmp_path / 'imagefolder'
    convert(in_folders, out, writer=dict(type='imagefolder'))
    loaded = datasets.load_dataset('imagefolder', data_dir=str(out), cache_dir=str(tmp_path / 'cache'))
    assert list(loaded) == ['train'] and len(loaded['train']) == NUM
    records = ShardStore(in_folders).samples(Plan(num=NUM, shard_size=4))
    for row, line, record in zip(loaded['train'], read_manifest(in_folders), records, strict=True):
        assert row['text'] == line.prompt and row['classes'] == line.classes
        assert (np.asarray(row['image']) == np.asarray(Image.open(in_folders / line.files['image']))).all()
        for kind in ('semantic', 'depth'):
            there = np.asarray(Image.open(in_folders / line.files[kind]))
            assert (np.asarray(row[kind]) == there).all() and row[kind].size == (64, 64)
        assert row['objects']['counts'] == [one.segmentation['counts'] for one in record.instances]
        assert row['objects']['category'] == [CLASSES[one.category_id] for one in record.instances]
        assert row['persons']['keypoints'] == [one.keypoints for one in record.persons]
