"""The research code's procedure is done in full, and draws the image that this package draws."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from mmdatasetdm.benchmark.naive import AttentionStore, NaiveGenerator, NaiveReader
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.labeller import Labeller
from mmdatasetdm.generation.sources import to_uint8
from mmdatasetdm.models import DiffusionFeatureBackbone


def test_it_draws_the_same_image_and_labels_it(tmp_path, make_recipe):
    recipe = make_recipe()
    models = Labeller(recipe=recipe, device='cpu')
    naive = NaiveGenerator(generator=models.generator, annotator=models.annotators['semantic'], sampler=recipe.sampler)
    prompt, before = recipe.prompts(0), models.generator._denoiser.unet.attn_processors
    naive(prompt, seed=5, out=tmp_path / 'x')
    assert models.generator._denoiser.unet.attn_processors == before, 'nothing is left behind'
    options = dict(seeds=[5], scheduler='DDIMScheduler', steps=2, guidance=2.0, height=64, width=64)
    wanted = to_uint8(models.generator.decode_latents(models.generator.sample([prompt.text], **options)))[0]
    grey = [
        np.asarray(image.convert('L')).astype(int)
        for image in (Image.open(tmp_path / 'x.jpg'), Image.fromarray(wanted))
    ]
    assert np.abs(grey[0] - grey[1]).mean() < 3, 'but for the JPEG, which halves the resolution of colours'
    mask = np.asarray(Image.open(tmp_path / 'x.png'))
    assert mask.shape == (64, 64) and len(np.unique(mask)) > 1


def test_all_attention_of_all_steps_is_kept():
    store = AttentionStore()
    for _ in range(3):
        store.keep(torch.full((8, 16, 5), 0.2), is_cross=True)
        store.keep(torch.full((8, 16, 16), 1 / 16), is_cross=False)
        store.end_step()
    assert [tuple(maps.shape) for maps in store.sums.values()] == [(4, 16, 5), (4, 16, 16)]
    tokens = store.to_text(16)
    assert tokens.shape == (16, 5) and torch.allclose(tokens, torch.tensor(0.6)) and store.to_text(64) is None


def test_a_transformer_has_no_such_code():
    class Other:
        _denoiser = None

    with pytest.raises(UserError, match='the research code has a UNet'):
        NaiveGenerator(generator=Other(), annotator=None, sampler=None)


def test_a_labelled_image_has_the_features_of_the_pass_that_labels(toy_generator_folder):
    backbone = DiffusionFeatureBackbone(
        generator=str(toy_generator_folder), timestep=5, class_phrases=('sofa', 'lamp'), with_uncond=True
    )
    image = torch.rand(1, 3, 64, 64) * 2 - 1
    levels, drawn = NaiveReader(backbone)(image, 'a sofa')
    for mine, naive in zip(backbone(image, ['a sofa']), levels, strict=True):
        torch.testing.assert_close(naive, mine, atol=1e-4, rtol=1e-3)
    assert drawn.shape == image.shape
