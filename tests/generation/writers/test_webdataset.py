"""Tar shards: what the webdataset package reads in them, and what stock data sets read through them."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.datasets import SyntheticDataset
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate, load_recipe
from mmdatasetdm.generation.storage.manifest import read_manifest
from mmdatasetdm.generation.storage.shards import ShardStore
from mmdatasetdm.utils.tar import read_bytes
from mmdatasetdm.visualization import write_report
from tests.generation.conftest import CLASSES

NUM = 10

pytest.importorskip('webdataset', reason='webdataset is not installed')
LOAD = [dict(type='LoadImageFromFile')]


def test_the_package_reads_every_sample(in_tars, in_folders):
    import webdataset

    urls = [str(path) for path in sorted((in_tars / 'train').iterdir())]
    assert [Path(url).name for url in urls] == ['00000.tar', '00001.tar', '00002.tar']
    samples = list(webdataset.WebDataset(urls, shardshuffle=False).decode('pil'))
    lines = list(read_manifest(in_folders))
    assert [sample['__key__'] for sample in samples] == [line.name for line in lines] and len(lines) == NUM
    records = list(ShardStore(in_folders).samples(_plan()))
    for sample, line, record in zip(samples, lines, records, strict=True):
        image = Image.open(in_folders / line.files['image'])
        assert (np.asarray(sample['png']) == np.asarray(image)).all()
        assert sample['json']['prompt'] == line.prompt and sample['json']['id'] == line.id
        assert len(sample['json']['instances']) == len(record.instances)
        assert [one['keypoints'] for one in sample['json']['persons']] == [one.keypoints for one in record.persons]
        semantic = (in_folders / line.files['semantic']).read_bytes()
        assert read_bytes(in_tars / 'train' / f'{line.id // 4:05d}.tar' / f'{line.name}.semantic.png') == semantic
        assert (np.asarray(sample['semantic.png']) == np.asarray(Image.open(io.BytesIO(semantic)).convert('RGB'))).all()


def _plan():
    from mmdatasetdm.generation.storage.plan import Plan

    return Plan(num=NUM, shard_size=4)


def test_the_manifest_is_that_of_the_folders(in_tars, in_folders):
    import pyarrow.parquet as pq

    assert not (in_tars / 'manifest.jsonl').exists()
    here, there = list(read_manifest(in_tars)), list(read_manifest(in_folders))
    assert here[5].files['image'] == 'train/00001.tar/00000005.png'
    assert [replace(one, files={}) for one in here] == [replace(one, files={}) for one in there]
    table = pq.read_table(in_tars / 'manifest.parquet').to_pylist()
    for row, line in zip(table, there, strict=True):
        assert (row['id'], row['prompt'], row['selected']) == (line.id, line.prompt, line.selected)
        assert row['semantic.confidence'] == line.scores.semantic.confidence
        assert dict(row['fractions']) == line.scores.semantic.fractions


def test_mmseg_reads_the_masks(in_tars, in_folders):
    pipeline = [*LOAD, dict(type='mmseg.LoadAnnotations')]
    stock = dict(type='mmseg.BaseSegDataset', metainfo=dict(classes=CLASSES), pipeline=pipeline)
    tars, files = (SyntheticDataset(dataset=stock, root=str(root)) for root in (in_tars, in_folders))
    assert len(tars) == len(files) == NUM and tars.shard_sizes == [4, 4, 2] and files.shard_sizes is None
    for index in range(NUM):
        here, there = tars[index], files[index]
        assert (here['img'] == there['img']).all() and (here['gt_seg_map'] == there['gt_seg_map']).all()
        assert here['img_path'].endswith(f'.tar/{index:08d}.png')
    assert tars.get_cat_ids(0) == files.get_cat_ids(0)
    assert SyntheticDataset(dataset=stock, root=str(in_tars), num=5).shard_sizes == [4, 1]


def test_mmdet_reads_the_instances(in_tars, in_folders):
    pipeline = [*LOAD, dict(type='mmdet.LoadAnnotations', with_bbox=True, with_mask=True)]
    stock = dict(type='mmdet.CocoDataset', metainfo=dict(classes=CLASSES[1:]), pipeline=pipeline)
    tars, files = (SyntheticDataset(dataset=stock, root=str(root)) for root in (in_tars, in_folders))
    assert len(tars) == len(files) > 0
    for index in range(len(tars)):
        here, there = tars[index], files[index]
        assert (here['img'] == there['img']).all()
        assert (here['gt_masks'].masks == there['gt_masks'].masks).all()
        assert here['gt_bboxes_labels'].tolist() == there['gt_bboxes_labels'].tolist()


def test_mmpose_reads_the_keypoints(in_tars, in_folders):
    stock = dict(type='mmpose.CocoDataset', pipeline=[dict(type='mmpose.LoadImage')])
    tars, files = (SyntheticDataset(dataset=stock, root=str(root)) for root in (in_tars, in_folders))
    assert len(tars) == len(files) > 0
    for index in range(len(tars)):
        assert (tars[index]['img'] == files[index]['img']).all()
        assert (tars[index]['keypoints'] == files[index]['keypoints']).all()


def test_mmseg_reads_the_depth(in_tars, in_folders):
    pipeline = [*LOAD, dict(type='mmseg.LoadDepthAnnotation', depth_rescale_factor=1e-3)]
    stock = dict(type='mmseg.NYUDataset', pipeline=pipeline)
    tars, files = (SyntheticDataset(dataset=stock, root=str(root)) for root in (in_tars, in_folders))
    assert len(tars) == len(files) == NUM
    for index in range(NUM):
        assert (tars[index]['gt_depth_map'] == files[index]['gt_depth_map']).all()


def test_a_shard_is_a_function_of_the_recipe(in_tars, tmp_path, recipe_file, all_decoders):
    options = {'decoders': all_decoders, 'writer.type': 'webdataset'}
    generate(load_recipe(recipe_file, options=options), tmp_path / 'out', num=4)
    assert (tmp_path / 'out/train/00000.tar').read_bytes() == (in_tars / 'train/00000.tar').read_bytes()
    marker = json.loads((tmp_path / 'out/shards/00000.json').read_text())
    assert set(marker['files']) == {'train/00000.tar', 'latents/00000.npz'}


def test_a_damaged_tar_file_is_one_line(in_tars, tmp_path):
    root = tmp_path / 'copy'
    (root / 'train').mkdir(parents=True)
    for name in ('dataset.json', 'ImageSets'):
        (root / name).symlink_to(in_tars / name)
    for path in (in_tars / 'train').iterdir():
        (root / 'train' / path.name).write_bytes(path.read_bytes())
    (root / 'train/00000.tar').write_bytes(b'no tar file' * 100)
    stock = dict(type='mmseg.BaseSegDataset', metainfo=dict(classes=CLASSES), pipeline=LOAD)
    with pytest.raises(UserError, match=r'00000\.tar is no tar file, or damaged'):
        SyntheticDataset(dataset=stock, root=str(root))[0]
    member = root / 'train/00001.tar/00000007.semantic.png'
    assert read_bytes(member).startswith(b'\x89PNG')
    archive = root / 'train/00001.tar'
    with open(archive, 'r+b') as file:
        file.truncate(archive.stat().st_size - 10240 - 600)  # the last block of an archive is empty
    with pytest.raises(UserError, match=r'00001\.tar is (cut short|no tar file, or damaged)'):
        read_bytes(member)


def test_relabelling_and_the_report_read_tar_files(in_tars, in_folders, tmp_path, recipe_file):
    out = tmp_path / 'relabelled'
    generate(load_recipe(recipe_file), out, relabel=in_tars, num=4)
    for line in read_manifest(out):
        there = in_folders / f'JPEGImages/{line.name}.png'
        assert (np.asarray(Image.open(out / line.files['image'])) == np.asarray(Image.open(there))).all()
        assert (out / line.files['semantic']).read_bytes() == (in_folders / line.files['semantic']).read_bytes()
    page = write_report(in_tars, tmp_path / 'page', samples=4)
    shown = json.loads(json.loads((next((tmp_path / 'page/samples').iterdir())).read_text()[len('addSamples(') : -3]))
    images = [row[2] for row in shown['rows'] if row[2]]
    assert len(images) >= 4 and all((page.parent / image).is_file() for image in images)
    assert len(images) < NUM and {row[0] for row in shown['rows']} == set(range(NUM))
