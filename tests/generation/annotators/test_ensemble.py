"""Recipes whose decoders are several: their labels are those of the mean of what the decoders predict."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate
from mmdatasetdm.models import build_decoder
from mmdatasetdm.utils.checksum import sha256_file
from mmdatasetdm.visualization import write_report
from tests.generation.conftest import (
    contents,
    write_decoder,
    write_depth_decoder,
    write_instance_decoder,
    write_pose_decoder,
)


def test_several_decoders_label_with_their_mean(tmp_path, make_recipe, whole, decoder_files, toy_generator_folder):
    config, first = decoder_files
    _, second = write_decoder(tmp_path / 'other', toy_generator_folder, seed=1)
    options = {'decoders.semantic.checkpoint': [str(first), str(second)], 'decoders.semantic.ignore.score': 0.0}
    done = generate(make_recipe(options), tmp_path / 'out', relabel=whole, num=4)
    alone = [build_decoder(str(config), str(file)) for file in (first, second)]
    stored = np.load(whole / 'latents/00000.npz')['latents']  # of the first shard
    latents = torch.from_numpy(stored).float()
    features = alone[0].backbone.forward_latents(latents)
    with torch.no_grad():
        each = [one.decode_head.predict_probs(features, (64, 64)) for one in alone]
    expected = (each[0] + each[1]).argmax(1).numpy()
    found = np.stack([np.asarray(Image.open(tmp_path / f'out/SegmentationClass/0000000{i}.png')) for i in range(4)])
    assert (found == expected).mean() > 0.999 and (found != each[0].argmax(1).numpy()).any()
    hashes = [sha256_file(file)[:16] for file in (first, second)]
    line = json.loads((tmp_path / 'out/manifest.jsonl').read_text().splitlines()[0])
    assert line['decoders'] == {'semantic': '+'.join(hashes)} and done.samples == 4
    assert '+'.join(hashes) in write_report(tmp_path / 'out', tmp_path / 'page', samples=2).read_text()


@pytest.mark.parametrize('task', ['instance', 'depth', 'pose'])
def test_the_mean_of_equal_decoders_is_each_of_them(tmp_path, make_recipe, whole, toy_generator_folder, task):
    if task == 'pose':
        pytest.importorskip('mmpose', reason='mmpose is not installed')
    write = dict(
        instance=partial(write_instance_decoder, head='pixels'), depth=write_depth_decoder, pose=write_pose_decoder
    )[task]
    config, checkpoint = write(tmp_path, toy_generator_folder)
    copy = tmp_path / 'copy.pth'
    copy.write_bytes(checkpoint.read_bytes())
    for name, files in dict(one=str(checkpoint), two=[str(checkpoint), str(copy)]).items():
        recipe = make_recipe({'decoders': {task: dict(config=str(config), checkpoint=files)}})
        generate(recipe, tmp_path / name, num=4, relabel=whole)
    one, two = (contents(tmp_path / name, but=('recipe.json',)) for name in ('one', 'two'))
    assert one.pop('manifest.jsonl') != two.pop('manifest.jsonl'), 'it names the decoders'
    assert one == two and any(path.startswith(('Annotations', 'Depth')) for path in one)


def test_queries_are_not_averaged(tmp_path, make_recipe, toy_generator_folder):
    config, checkpoint = write_instance_decoder(tmp_path, toy_generator_folder)
    copy = tmp_path / 'copy.pth'
    copy.write_bytes(checkpoint.read_bytes())
    options = dict(config=str(config), checkpoint=[str(checkpoint), str(copy)])
    with pytest.raises(UserError, match='decoder instance: the instances of InstanceDecoderHead cannot be averaged'):
        generate(make_recipe({'decoders': dict(instance=options)}), tmp_path / 'out', num=1)
