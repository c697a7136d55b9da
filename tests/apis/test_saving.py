"""Predictions as files that other programs read."""

import json

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from mmdatasetdm.errors import UserError


@pytest.mark.parametrize('layout', ['coco', 'voc'])
def test_predictions_as_files(inferencer, tmp_path, layout):
    out = tmp_path / 'out'
    found = inferencer(prompts=['a chair'] * 3, out_dir=out, layout=layout)['predictions']
    listed = json.loads((out / 'predictions.json').read_text())
    assert listed['classes'] == list(inferencer.classes) and len(listed['palette']) == len(inferencer.classes)
    for image, record in zip(found, listed['images'], strict=True):
        assert (np.asarray(Image.open(out / record['files']['image'])) == image.image).all()
        assert (np.asarray(Image.open(out / record['files']['semantic'])) == image.semantic).all()
        assert record['prompt'] == 'a chair' and record['failed'] is None
    name = 'annotations/instances_train2017.json' if layout == 'coco' else 'Annotations/instances_train.json'
    coco = COCO(out / name)
    assert len(coco.getAnnIds()) == sum(len(image.instances) for image in found)
    assert [category['name'] for category in coco.loadCats(coco.getCatIds())] == ['person', 'chair', 'table', 'sofa']
    assert len(list((out / 'vis').iterdir())) == 3


def test_a_folder_that_is_not_empty_is_left_alone(inferencer, tmp_path):
    (tmp_path / 'mine.txt').write_text('mine')
    with pytest.raises(UserError, match='is there already'):
        inferencer(prompts='a chair', out_dir=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ['mine.txt']


def test_an_unknown_layout_is_told(inferencer, tmp_path):
    with pytest.raises(UserError, match="'tar'"):
        inferencer(prompts='a chair', out_dir=tmp_path / 'out', layout='tar')
