"""One model draws, another one reads: by latents where the autoencoder is the same, by pixels where it is not."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from PIL import Image

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate
from mmdatasetdm.generation.handover import Handover, in_8_bits, reading_size, resized
from tests.generation.conftest import contents, manifest


@pytest.fixture(scope='module')
def another_denoiser(tmp_path_factory, toy_generator_folder):
    """The tests' generator with another UNet, and its own autoencoder."""
    folder = tmp_path_factory.mktemp('drawer') / 'generator'
    shutil.copytree(toy_generator_folder, folder)
    torch.manual_seed(7)
    unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(folder / 'unet'))
    unet.save_pretrained(folder / 'unet')
    return folder


@pytest.fixture(scope='module')
def another_autoencoder(tmp_path_factory, another_denoiser):
    """A generator whose latents mean something else."""
    folder = tmp_path_factory.mktemp('drawer') / 'generator'
    shutil.copytree(another_denoiser, folder)
    torch.manual_seed(8)
    vae = AutoencoderKL.from_config(AutoencoderKL.load_config(folder / 'vae'))
    vae.save_pretrained(folder / 'vae')
    return folder


def test_latents_are_handed_over_where_the_autoencoder_is_the_same(tmp_path, make_recipe, another_denoiser, whole):
    dataset = generate(make_recipe({'sampler.generator': str(another_denoiser)}), tmp_path / 'out', num=4)
    line, drawer = manifest(tmp_path / 'out')[1], DiffusionModel.load(another_denoiser)
    assert line['generator'] == line['sampler']['generator'] == drawer.fingerprint
    assert 'read_size' not in line['sampler']
    assert dataset.drawn_by == str(another_denoiser) != dataset.generator, 'names, for people'
    assert dataset.recipe['generator'] == manifest(whole)[1]['generator'], 'the decoders read the other one'
    wanted = drawer.sample(
        [line['prompt']], seeds=[line['seed']], scheduler='DDIMScheduler', steps=2, guidance=2.0, height=64, width=64
    )
    kept = np.load(tmp_path / 'out/latents/00000.npz')['latents'][1]
    np.testing.assert_allclose(kept, wanted[0].half().numpy(), atol=0.02)


def test_pixels_are_handed_over_where_it_is_not(tmp_path, make_recipe, another_autoencoder, toy_generator):
    recipe = make_recipe({'sampler.generator': str(another_autoencoder)})
    generate(recipe, tmp_path / 'out', num=4)
    line = manifest(tmp_path / 'out')[2]
    assert line['sampler']['read_size'] == [128, 128], 'as large as the reading model was made for'
    image = np.asarray(Image.open(tmp_path / 'out' / line['files']['image']))
    mask = np.asarray(Image.open(tmp_path / 'out' / line['files']['semantic']))
    assert image.shape[:2] == mask.shape == (64, 64), 'labels have the size of the image'
    pixels = torch.from_numpy(image.copy()).permute(2, 0, 1)[None] / 127.5 - 1
    encoded = toy_generator.encode_images(resized(pixels, (128, 128)))
    kept = np.load(tmp_path / 'out/latents/00000.npz')['latents'][2]
    np.testing.assert_allclose(kept, encoded[0].half().numpy(), atol=0.02)
    # and from the images alone, later
    shutil.copytree(tmp_path / 'out', tmp_path / 'images')
    marker = json.loads((tmp_path / 'images/shards/00000.json').read_text())
    del marker['files']['latents/00000.npz']
    (tmp_path / 'images/shards/00000.json').write_text(json.dumps(marker))
    again = generate(make_recipe(), tmp_path / 'again', relabel=tmp_path / 'images')
    assert again.drawn_by == str(another_autoencoder)
    but = ('recipe.json', '00000.npz')
    assert contents(tmp_path / 'again', but=but) == contents(tmp_path / 'out', but=but)


def test_a_lora_for_drawing_alone_needs_its_file(tmp_path, make_recipe):
    with pytest.raises(UserError, match=r"lora: there is no 'nowhere\.safetensors'"):
        generate(make_recipe({'sampler.lora': 'nowhere.safetensors'}), tmp_path / 'out', num=1)


def test_a_scheduler_with_options(tmp_path, make_recipe):
    options = {'sampler.scheduler': 'DPMSolverMultistepScheduler', 'sampler.steps': 4}
    karras = {**options, 'sampler.options': dict(use_karras_sigmas=True)}
    generate(make_recipe(options), tmp_path / 'plain', num=2)
    generate(make_recipe(karras), tmp_path / 'karras', num=2)
    lines = [manifest(tmp_path / name)[0] for name in ('plain', 'karras')]
    assert 'options' not in lines[0]['sampler'] and lines[1]['sampler']['options'] == dict(use_karras_sigmas=True)
    images = [
        np.asarray(Image.open(tmp_path / name / lines[0]['files']['image'])).astype(int) for name in ('plain', 'karras')
    ]
    assert np.abs(images[0] - images[1]).max() > 5
    for given, words in (
        (dict(use_karas_sigmas=True), "has no option 'use_karas_sigmas'; did you mean 'use_karras_sigmas'"),
        (dict(beta_end=0.5), "'beta_end' of a scheduler is the generator's own"),
        (dict(algorithm_type='magic'), 'does not take these options'),
    ):
        with pytest.raises(UserError, match=words) as error:
            generate(make_recipe({**options, 'sampler.options': given}), tmp_path / 'slip', num=1)
        assert '\n' not in str(error.value)


def test_half_precision_for_drawing_alone(tmp_path, make_recipe, whole):
    """The decoders read what they were trained on, and the picture is decoded in the reader's precision."""
    recipe = make_recipe({'sampler.dtype': 'bfloat16'})
    dataset = generate(recipe, tmp_path / 'out', num=4)
    lines, plain = manifest(tmp_path / 'out'), manifest(whole)
    assert dataset.recipe['dtype'] == 'float32' and lines[0]['sampler']['dtype'] == 'bfloat16'
    assert 'dtype' not in plain[0]['sampler'] and 'guidance_interval' not in plain[0]['sampler']
    images = [
        np.stack([np.asarray(Image.open(root / line['files']['image'])).astype(int) for line in few])
        for root, few in ((tmp_path / 'out', lines), (whole, plain[:4]))
    ]
    assert 0 < np.abs(images[0] - images[1]).mean() < 2, 'grey levels'
    with pytest.raises(UserError, match=r'sampler\.dtype'):
        generate(make_recipe(), tmp_path / 'out', num=4)


def test_sizes_in_which_images_are_read(toy_generator):
    assert (toy_generator.image_size, toy_generator.size_multiple) == (128, 8)
    assert reading_size((512, 512), toy_generator) == (128, 128)
    assert reading_size((1024, 1536), toy_generator) == (128, 192)
    assert reading_size((100, 333), toy_generator) == (128, 416)
    assert Handover(drawer=toy_generator, reader=toy_generator, size=(64, 64)).read_size is None
    images = torch.rand(1, 3, 4, 4) * 2 - 1
    assert resized(images, (4, 4)) is images and (in_8_bits(images) - images).abs().max() <= 1 / 255


def test_one_copy_of_the_generator(make_recipe, monkeypatch):
    """Whatever device mmengine would take: that of the recipe counts."""
    from mmdatasetdm.generation.labeller import Labeller
    from mmdatasetdm.models.backbones import diffusion

    monkeypatch.setattr(diffusion, 'get_device', lambda: 'cuda')  # where this machine has none, it would be an error
    monkeypatch.setattr(DiffusionModel, '_loaded', {})
    models = Labeller(recipe=make_recipe(dict(dtype='bfloat16')), device='cpu')
    assert len(DiffusionModel._loaded) == 1
    assert models.annotators['semantic'].model.backbone.generator is models.generator
    assert models.generator.dtype == torch.bfloat16
