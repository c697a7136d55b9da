"""Uncertain depth is 0: at edges, where decoders differ, out of range; and a NaN fails its sample alone."""

import io
import json

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate, load_recipe
from mmdatasetdm.generation.annotators.base import AnnotationPass
from mmdatasetdm.generation.annotators.depth import DepthIgnore, uncertain_depth
from mmdatasetdm.generation.annotators.loading import decoder_config
from mmdatasetdm.generation.options import build
from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.generation.writers.voc import VocOptions, VocWriter
from mmdatasetdm.registry import ANNOTATORS
from mmdatasetdm.visualization import write_report
from tests.generation.conftest import (
    HEADS,
    write_decoder,
    write_depth_decoder,
    write_instance_decoder,
    write_pose_decoder,
)

NOTHING = DepthIgnore(step=None, spread=None)


def test_an_edge_is_uncertain_and_a_slope_is_not():
    depth = torch.full((1, 6, 8), 2.0)
    depth[:, :, 4:] = 3.0
    unsure = uncertain_depth(depth, DepthIgnore(step=0.3))
    assert unsure[:, 3:5].all() and unsure.sum() == 12
    assert not uncertain_depth(depth, DepthIgnore(step=0.6)).any() and not uncertain_depth(depth, NOTHING).any()
    slope = torch.linspace(2, 3, 8).expand(1, 6, 8)
    assert not uncertain_depth(slope, DepthIgnore(step=0.3)).any()


def test_decoders_that_differ_are_uncertain():
    depths = torch.full((2, 4, 4), 5.0)
    depths[0, 0], depths[1, 0] = 4.0, 6.0  # a standard deviation of a fifth
    assert uncertain_depth(depths, DepthIgnore(step=None, spread=0.15)).any(1).tolist() == [True, False, False, False]
    assert not uncertain_depth(depths, DepthIgnore(step=None, spread=0.25)).any()
    assert not uncertain_depth(depths[:1], DepthIgnore(step=None, spread=0.15)).any(), 'one decoder agrees with itself'


def test_the_range():
    depth = torch.tensor([[[0.2, 1.0, 9.0]]])
    assert uncertain_depth(depth, DepthIgnore(step=None, nearest=0.5, farthest=8)).tolist() == [[True, False, True]]


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(step=0), r'decoders\.depth\.ignore\.step is 0; it must be more than 0'),
        (dict(spread='much'), r"ignore\.spread is 'much'; it must be a number"),
        (dict(nearest=3, farthest=2), 'ignore: farthest 2 must be more than nearest 3'),
        (dict(nearest=float('nan')), 'nearest is nan; it must be a finite number'),
        (dict(farthest='far'), "farthest is 'far'"),
    ],
)
def test_thresholds_are_checked(options, words):
    with pytest.raises(UserError, match=words):
        build(DepthIgnore, options, where='decoders.depth.ignore')


def test_files_hold_no_depth_that_is_unknown_or_too_far():
    writer = VocWriter(options=VocOptions(depth_scale=1000), palette=())
    metres = np.array([[0.0, 0.0001, 1.5, 65.535, 65.6]], np.float32)
    ((_, path, data),) = writer.encode_depth(7, dict(depth=metres))
    assert path == 'Depth/00000007.png'
    assert np.asarray(Image.open(io.BytesIO(data))).tolist() == [[0, 1, 1500, 65535, 0]]


def test_recipe_to_files(tmp_path, recipe_file, toy_generator_folder):
    config, checkpoint = write_depth_decoder(tmp_path, toy_generator_folder)
    options = dict(config=str(config), checkpoint=str(checkpoint), ignore=dict(step=0.001, spread=None))
    recipe = load_recipe(recipe_file, options={'decoders': dict(depth=options)})
    done = generate(recipe, tmp_path / 'out', num=2)
    fractions = []
    for line in map(json.loads, (tmp_path / 'out/manifest.jsonl').read_text().splitlines()):
        values = np.asarray(Image.open(tmp_path / 'out' / line['files']['depth']))
        fractions.append((values == 0).mean())
        assert line['scores']['depth']['ignored'] == pytest.approx(fractions[-1], abs=1e-6)
        assert line['scores']['depth']['nearest'] == pytest.approx(values[values > 0].min() / 1000, abs=1e-3)
    assert 0 < np.mean(fractions) < 1 and done.ignored_fraction_of_depth == pytest.approx(np.mean(fractions), abs=1e-4)


def test_a_data_set_without_any_depth_says_so(tmp_path, recipe_file, toy_generator_folder):
    config, checkpoint = write_depth_decoder(tmp_path, toy_generator_folder)
    options = dict(config=str(config), checkpoint=str(checkpoint), ignore=dict(nearest=99.0))
    done = generate(load_recipe(recipe_file, options={'decoders': dict(depth=options)}), tmp_path / 'out', num=2)
    (line,) = [line for line in done.warnings if 'depth' in line]
    assert line.startswith('no pixel of any of the 2 selected samples has a depth') and 'decoders.depth.ignore' in line
    assert write_report(tmp_path / 'out', tmp_path / 'page', samples=2).is_file()


def test_a_nan_fails_its_sample_alone(tmp_path, recipe_file, toy_generator_folder):
    """Every decoder, on one batch of two latents; the other sample is what it is without the first."""
    pytest.importorskip('mmpose', reason='mmpose is not installed')
    files = dict(
        semantic=write_decoder(tmp_path / 'semantic', toy_generator_folder),
        depth=write_depth_decoder(tmp_path, toy_generator_folder),
        pose=write_pose_decoder(tmp_path, toy_generator_folder),
    )
    torch.manual_seed(0)
    latents, prompts = torch.randn(2, 16, 8, 8), [Prompt('a person', ('person',))] * 2
    broken = latents.clone()
    broken[0, 0, 3, 3] = torch.nan
    for head in HEADS:
        decoders = dict(files, instance=write_instance_decoder(tmp_path, toy_generator_folder, head=head))
        options = {task: dict(config=str(a), checkpoint=str(b)) for task, (a, b) in decoders.items()}
        recipe = load_recipe(recipe_file, options={'decoders': options})
        annotators = {}
        for task in ('semantic', 'instance', 'depth', 'pose'):
            config, _ = decoder_config(task, recipe.decoders[task], generator=recipe.generator)
            kind = ANNOTATORS.get(task)
            annotators[task] = kind.build(recipe.decoders[task], config=config, device='cpu', built=annotators)
        annotate = AnnotationPass(annotators)
        first, second = annotate(broken, prompts, image_size=(64, 64))
        _, whole = annotate(latents, prompts, image_size=(64, 64))
        init_default_scope('mmseg')
        assert all('not finite' in first[task].failure for task in annotators)
        for task, annotation in second.items():
            assert annotation.failure is None and annotation.scores == whole[task].scores
