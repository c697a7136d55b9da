"""One data set in other layouts: the same labels, whatever the way."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.conversion import FinishedDataset, convert
from mmdatasetdm.generation.storage.manifest import read_manifest
from mmdatasetdm.generation.storage.shards import ShardStore
from tests.generation.conftest import contents

NUM = 10


def test_into_tar_shards_and_back(in_folders, in_tars, tmp_path):
    convert(in_folders, tmp_path / 'tars', writer=dict(type='webdataset', keep_latents=True))
    for path in sorted((in_tars / 'train').iterdir()):
        assert (tmp_path / 'tars/train' / path.name).read_bytes() == path.read_bytes(), 'as the recipe writes them'
    convert(tmp_path / 'tars', tmp_path / 'back', writer=dict(type='voc', keep_latents=True))
    same, again = (contents(root, but=('recipe.json',)) for root in (in_folders, tmp_path / 'back'))
    assert set(same) == set(again)
    assert all(again[name] == data for name, data in same.items())


def test_images_are_linked_and_a_conversion_goes_on(in_folders, tmp_path):
    out = tmp_path / 'coco'
    first = convert(in_folders, out, writer=dict(type='coco'))
    image = out / 'train2017/000000000001.png'
    assert image.samefile(in_folders / 'JPEGImages/00000000.png'), 'PNG stays PNG, without a copy'
    (out / 'shards/00001.json').unlink()
    (out / 'train2017/000000000005.png').unlink()
    assert convert(in_folders, out, writer=dict(type='coco')) == first
    assert (out / 'train2017/000000000005.png').is_file()
    assert [line.scores for line in read_manifest(out)] == [line.scores for line in read_manifest(in_folders)]


def test_another_format_of_images(in_folders, tmp_path):
    convert(in_folders, tmp_path / 'jpg', writer=dict(type='voc', image_format='jpg'), num=2)
    for line in read_manifest(tmp_path / 'jpg'):
        assert line.files['image'].endswith('.jpg')
        there = np.asarray(Image.open(in_folders / f'JPEGImages/{line.name}.png')).astype(int)
        assert np.abs(np.asarray(Image.open(tmp_path / 'jpg' / line.files['image'])) - there).mean() < 8


class Half:
    """The left half of every label map is ignored."""

    identity = {'pixel_filter': 'half'}

    def __call__(self, record, image, labels):
        assert image.shape == (64, 64, 3)
        labels = labels.copy()
        labels[:, :32] = 255
        return labels


def test_changed_label_maps_are_scored_anew(in_folders, tmp_path):
    out = tmp_path / 'half'
    info = convert(in_folders, out, change=Half())
    assert info.ignored_fraction > 0.5 and info.recipe['pixel_filter'] == 'half'
    before, after = read_manifest(in_folders), read_manifest(out)
    for old, new in zip(before, after, strict=True):
        there = np.asarray(Image.open(in_folders / old.files['semantic']))
        here = np.asarray(Image.open(out / new.files['semantic']))
        assert (here[:, :32] == 255).all() and (here[:, 32:] == there[:, 32:]).all()
        assert new.scores.semantic.ignored == pytest.approx((here == 255).mean(), abs=1e-5)
        assert new.scores.semantic.confidence == old.scores.semantic.confidence
        assert replace(new.scores, semantic=None) == replace(old.scores, semantic=None)
    assert len(list(ShardStore(out).samples(FinishedDataset.open(out).plan))) == NUM


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(writer=dict(type='tfrecord')), "writer.type is 'tfrecord'; known are 'cityscapes', 'coco'"),
        (dict(writer=dict(type='coco', image_folder='x')), 'writer.image_folder is'),
        (dict(num=11), '11 samples are asked for; .* has 10'),
    ],
)
def test_mistakes(in_folders, tmp_path, options, words):
    with pytest.raises(UserError, match=words):
        convert(in_folders, tmp_path / 'out', **options)
    with pytest.raises(UserError, match='is the data set itself; give a new folder'):
        convert(in_folders, in_folders, writer=dict(type='coco'))


def test_a_folder_of_an_earlier_version(in_folders, tmp_path):
    info = json.loads((in_folders / 'dataset.json').read_text())
    del info['categories']
    (tmp_path / 'old').mkdir()
    (tmp_path / 'old/dataset.json').write_text(json.dumps(info))
    with pytest.raises(UserError, match='has no categories: an earlier version made it; run tools/generate'):
        convert(tmp_path / 'old', tmp_path / 'out')
