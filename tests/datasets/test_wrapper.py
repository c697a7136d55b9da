"""Transforms that a data set's pipeline goes without, which shows what an augmentation adds."""

import json
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from PIL import Image

from mmdatasetdm.datasets import SyntheticDataset
from mmdatasetdm.datasets.few_shot import FewShotDataset
from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.schema import SCHEMA_VERSION

FLIPPED = [
    dict(type='LoadImageFromFile'),
    dict(type='mmseg.LoadAnnotations'),
    dict(type='RandomFlip', prob=1.0),
    dict(type='mmseg.PhotoMetricDistortion'),
]
STOCK = dict(type='BaseSegDataset', metainfo=dict(classes=('background', 'red')), pipeline=FLIPPED)


@pytest.fixture
def root(tmp_path) -> Path:
    """A labelled image, dark on its left, that is a generated folder as well."""
    init_default_scope('mmseg')
    values = np.full((8, 8, 3), 200, np.uint8)
    values[:, :4] = 20
    for folder in ('JPEGImages', 'SegmentationClass', 'ImageSets/Segmentation'):
        (tmp_path / folder).mkdir(parents=True)
    Image.fromarray(values).save(tmp_path / 'JPEGImages/a.png')
    Image.fromarray(np.ones((8, 8), np.uint8)).save(tmp_path / 'SegmentationClass/a.png')
    (tmp_path / 'ImageSets/Segmentation/train.txt').write_text('a\n')
    described = dict(schema_version=SCHEMA_VERSION, classes=STOCK['metainfo']['classes'], img_suffix='.png')
    (tmp_path / 'dataset.json').write_text(json.dumps(described))
    return tmp_path


@pytest.mark.parametrize('kind', ['real', 'synthetic'])
def test_the_pipeline_goes_without_them(root, kind):
    def build(**more):
        if kind == 'synthetic':
            return SyntheticDataset(root=str(root), dataset=STOCK, **more)
        prefix = dict(img_path='JPEGImages', seg_map_path='SegmentationClass')
        stock = dict(STOCK, data_root=str(root), data_prefix=prefix, img_suffix='.png')
        return FewShotDataset(dataset=stock, **more)

    plain = build(leave_out=['RandomFlip', 'PhotoMetricDistortion'])
    assert [type(step).__name__ for step in plain.pipeline.transforms] == ['LoadImageFromFile', 'LoadAnnotations']
    assert plain[0]['img'][0, 0, 0] == 20 and plain[0]['img'][0, 7, 0] == 200
    flipped = build(leave_out=['PhotoMetricDistortion'])[0]['img']
    assert flipped[0, 0, 0] == 200 and flipped[0, 7, 0] == 20
    with pytest.raises(UserError, match='leave_out: the pipeline has no CutOut; it has LoadImageFromFile, LoadAnn'):
        build(leave_out=['CutOut'])
