"""The engine on real parts: restarts, batch sizes, workers, relabelling, full disks, and what a person gets wrong."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.generation import NothingToTrainOn, generate
from mmdatasetdm.generation.sources import SamplingSource, to_uint8
from mmdatasetdm.generation.storage.shards import ShardStore, check_file
from tests.generation.conftest import (
    CLASSES,
    PALETTE,
    contents,
    manifest,
    write_decoder,
)


def read(out: Path) -> dict:
    return json.loads((out / 'dataset.json').read_text())


def test_layout(whole):
    names = [f'{i:08d}' for i in range(10)]
    assert (whole / 'ImageSets/Segmentation/train.txt').read_text().split() == names
    assert sorted(path.name for path in (whole / 'JPEGImages').iterdir()) == [f'{name}.png' for name in names]
    masks = [Image.open(whole / f'SegmentationClass/{name}.png') for name in names]
    assert all(mask.mode == 'P' and mask.size == (64, 64) for mask in masks)
    values = set(np.unique(np.stack([np.asarray(mask) for mask in masks])))
    assert values <= {*range(len(CLASSES)), 255} and len(values) > 1
    assert masks[0].getpalette()[3:6] == PALETTE[1]
    dataset = read(whole)
    assert (dataset['num'], dataset['selected'], dataset['failed'], dataset['classes']) == (10, 10, 0, list(CLASSES))
    assert not list((whole / 'shards').glob('tmp-*')), 'nothing half-made is left'


def test_totals_agree_with_the_files(whole):
    stack = np.stack([np.asarray(Image.open(path)) for path in sorted((whole / 'SegmentationClass').iterdir())])
    dataset = read(whole)
    assert dataset['ignored_fraction'] == pytest.approx((stack == 255).mean(), abs=1e-5)
    for index, name in enumerate(CLASSES):
        assert dataset['per_class'][name]['pixel_fraction'] == pytest.approx((stack == index).mean(), abs=1e-5)
        assert dataset['per_class'][name]['images'] == (stack == index).any((1, 2)).sum()


def test_mmseg_reads_it(whole):
    from mmseg.datasets import BaseSegDataset, PascalVOCDataset

    data = dict(
        data_root=str(whole),
        data_prefix=dict(img_path='JPEGImages', seg_map_path='SegmentationClass'),
        ann_file='ImageSets/Segmentation/train.txt',
        img_suffix='.png',
        pipeline=[],
    )
    for dataset in (
        PascalVOCDataset(**data),
        BaseSegDataset(**data, seg_map_suffix='.png', metainfo=dict(classes=CLASSES)),
    ):
        assert len(dataset) == 10
        info = dataset.get_data_info(7)
        assert Path(info['img_path']).is_file() and Path(info['seg_map_path']).is_file()


def test_sample_from_its_manifest_line(whole, toy_generator_folder):
    line = manifest(whole)[5]
    generator = DiffusionModel.load(toy_generator_folder)
    assert line['generator'] == generator.fingerprint
    latent = generator.sample([line['prompt']], seeds=[line['seed']], **line['sampler'])
    image = to_uint8(generator.decode_latents(latent.half().float()))[0]
    stored = np.asarray(Image.open(whole / line['files']['image'])).astype(int)
    assert np.abs(image - stored).max() <= 2


def test_killed_ten_times(tmp_path, make_recipe):
    """kill -9 at ten moments; at each a reader sees whole shards alone, and the end is that of an uninterrupted run."""
    out, plain = tmp_path / 'out', tmp_path / 'plain'
    generate(make_recipe(), plain, num=38)
    moments = random.Random(0)
    for kills in range(10):
        whole_shards = count_shards(out)
        child = os.fork()  # the models are loaded already; a fork may use them, but no threads of OpenMP
        if not child:
            try:
                torch.set_num_threads(1)
                generate(make_recipe(), out, num=38, log=lambda _: None)
            finally:
                os._exit(1)
        wanted = whole_shards + (kills % 3 == 0)  # some are killed before they finish a shard
        while count_shards(out) < wanted:
            assert os.waitpid(child, os.WNOHANG) == (0, 0), 'it ended by itself'
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.1))
        os.kill(child, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        assert not (out / 'dataset.json').exists(), 'no list names a half-made data set'
        for marker in out.glob('shards/[0-9]*.json'):
            shard = ShardStore(out).read(int(marker.stem))
            for relative, known in shard.files.items():
                check_file(out / relative, known, name=out / relative)
    assert 3 < count_shards(out) < 10
    (out / 'shards/tmp-00009').mkdir(exist_ok=True)
    (out / 'shards/tmp-00009/rest').write_text('of a killed run')
    done = {path: path.stat().st_mtime_ns for path in out.glob('shards/[0-9]*.json')}
    said = []
    generate(make_recipe(), out, num=38, log=said.append)
    assert any('samples are there already' in line for line in said)
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in done.items()), 'finished shards are not made again'
    assert len(contents(plain)) == 38 * 2 + 10 + 5, 'images, labels, latents, lists, manifest and the names of colours'
    assert contents(out) == contents(plain)


def count_shards(out: Path) -> int:
    return len(list(out.glob('shards/[0-9]*.json')))


def test_damaged_shard_is_made_again(tmp_path, make_recipe, whole):
    out = tmp_path / 'out'
    generate(make_recipe(), out, num=10)
    (out / 'SegmentationClass/00000004.png').write_bytes(b'')
    mask = out / 'SegmentationClass/00000009.png'
    mask.write_bytes(mask.read_bytes()[:-1] + b'!')  # of the same size: only its checksum tells
    generate(make_recipe(), out, num=10)
    assert len((out / 'SegmentationClass/00000004.png').read_bytes()) and mask.read_bytes().endswith(b'!')
    generate(make_recipe(), out, num=10, checksums=True)
    assert contents(out) == contents(whole)


def test_more_and_fewer_samples(tmp_path, make_recipe, whole):
    out = tmp_path / 'out'
    generate(make_recipe(), out, num=6)
    assert len(manifest(out)) == 6
    generate(make_recipe(), out, num=10)
    assert contents(out) == contents(whole)
    generate(make_recipe(), out, num=3)
    assert (out / 'ImageSets/Segmentation/train.txt').read_text().split() == ['00000000', '00000001', '00000002']
    assert read(out)['num'] == 3


def test_another_batch_size(tmp_path, make_recipe, whole):
    """The tolerance that the README states: 2 grey levels, and at most 1 pixel in 200 with another label."""
    out = tmp_path / 'out'
    generate(make_recipe(dict(batch_size=3)), out, num=10)
    pixels = [
        np.stack([np.asarray(Image.open(path)).astype(int) for path in sorted((folder / 'JPEGImages').iterdir())])
        for folder in (out, whole)
    ]
    labels = [
        np.stack([np.asarray(Image.open(path)) for path in sorted((folder / 'SegmentationClass').iterdir())])
        for folder in (out, whole)
    ]
    assert np.abs(pixels[0] - pixels[1]).max() <= 2
    assert (labels[0] != labels[1]).mean() <= 0.005


def test_workers(tmp_path, make_recipe, monkeypatch):
    """Byte for byte the data set of one process, where each has as many threads."""
    monkeypatch.setenv('OMP_NUM_THREADS', '1')  # of the workers
    generate(make_recipe(), tmp_path / 'out', num=10, workers=2)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        generate(make_recipe(), tmp_path / 'plain', num=10)
    finally:
        torch.set_num_threads(before)
    assert contents(tmp_path / 'out') == contents(tmp_path / 'plain')


def test_relabel_with_the_same_decoder(tmp_path, make_recipe, whole):
    out = tmp_path / 'out'
    generate(make_recipe(), out, relabel=whole)
    assert contents(out, but=('recipe.json',)) == contents(whole, but=('recipe.json',))
    assert os.stat(out / 'JPEGImages/00000000.png').st_ino == os.stat(whole / 'JPEGImages/00000000.png').st_ino


def test_relabel_with_another_decoder(tmp_path, make_recipe, whole, toy_generator_folder):
    _, checkpoint = write_decoder(tmp_path / 'other', toy_generator_folder, seed=1)
    options = {'decoders.semantic.checkpoint': str(checkpoint)}
    generate(make_recipe(options), tmp_path / 'out', relabel=whole, num=5)
    lines = manifest(tmp_path / 'out')
    assert [line['prompt'] for line in lines] == [line['prompt'] for line in manifest(whole)[:5]]
    assert lines[0]['decoders'] != manifest(whole)[0]['decoders']
    assert any(
        (tmp_path / 'out' / line['files']['semantic']).read_bytes() != (whole / line['files']['semantic']).read_bytes()
        for line in lines
    )


def test_relabel_without_latents_encodes_the_images(tmp_path, make_recipe):
    generate(make_recipe({'writer.keep_latents': False}), tmp_path / 'plain', num=4)
    assert not (tmp_path / 'plain/latents').exists()
    dataset = generate(make_recipe({'writer.keep_latents': False}), tmp_path / 'out', relabel=tmp_path / 'plain')
    assert dataset.selected == 4


def test_failed_sample_is_counted(tmp_path, make_recipe, monkeypatch):
    sample = DiffusionModel.sample

    def broken(self, prompts, *, seeds, **options):
        latents = sample(self, prompts, seeds=seeds, **options)
        latents[0, 0, 0, 0] = torch.nan
        return latents

    monkeypatch.setattr(DiffusionModel, 'sample', broken)
    dataset = generate(make_recipe(), tmp_path / 'out', num=4)
    assert (dataset.selected, dataset.failed, dataset.failures) == (
        2,
        2,
        {'the latent is not finite': 2},
    )
    assert [line['dropped'] for line in manifest(tmp_path / 'out')][:2] == [
        'failed: the latent is not finite',
        None,
    ]
    assert not (tmp_path / 'out/JPEGImages/00000000.png').exists()


def test_an_image_that_is_not_finite_is_no_sample(tmp_path, make_recipe, monkeypatch):
    decode = DiffusionModel.decode_latents

    def overflowing(self, latents):  # as the autoencoders of some generators do in half precision
        images = decode(self, latents)
        images[0, :, 5] = torch.nan
        return images

    monkeypatch.setattr(DiffusionModel, 'decode_latents', overflowing)
    dataset = generate(make_recipe(), tmp_path / 'out', num=4)
    assert (dataset.selected, dataset.failures) == (2, {'the decoded image is not finite': 2})
    assert not (tmp_path / 'out/JPEGImages/00000000.png').exists()


def test_smaller_batches_where_memory_runs_out(tmp_path, make_recipe, monkeypatch, whole, capsys):
    batch = SamplingSource.batch

    def small_gpu(self, ids):
        if len(ids) > 2:
            raise torch.OutOfMemoryError
        return batch(self, ids)

    monkeypatch.setattr(SamplingSource, 'batch', small_gpu)
    generate(make_recipe(dict(batch_size=4)), tmp_path / 'out', num=10)
    assert contents(tmp_path / 'out') == contents(whole)
    assert 'a batch of 4 images does not fit in the memory; 2 at once' in capsys.readouterr().err


def test_a_black_image_is_no_sample(tmp_path, make_recipe, monkeypatch):
    decode = DiffusionModel.decode_latents

    def black(self, latents):
        images = decode(self, latents)
        images[0] = -1
        return images

    monkeypatch.setattr(DiffusionModel, 'decode_latents', black)
    assert generate(make_recipe(), tmp_path / 'out', num=4).failures == {'the image is black': 2}


def test_a_run_of_no_use_is_stopped_and_can_be_looked_at(tmp_path, make_recipe, whole):
    out = tmp_path / 'out'
    options = dict(filters=[dict(type='MeanConfidence', at_least=1.0)], stop_if=dict(after=5))
    for _ in range(2):  # the second call makes nothing
        with pytest.raises(
            NothingToTrainOn, match=r'0 of the first 8 samples are selected; stopped.*below 1\.0'
        ) as error:
            generate(make_recipe(options), out, num=1000)
        assert error.value.dataset.num == 8 == len(manifest(out)) == len(list(out.glob('shards/*'))) * 4
    generate(make_recipe(), out, num=10)  # with other filters it goes on
    assert contents(out) == contents(whole)
