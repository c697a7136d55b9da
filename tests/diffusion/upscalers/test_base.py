"""Upscalers of true classes, small: they draw what the pipelines of diffusers draw, from the same seeds."""

import json
import shutil

import pytest
import torch
from diffusers import DiffusionPipeline

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.diffusion.upscalers import Upscaler, fingerprint_of
from mmdatasetdm.errors import UserError
from tests.diffusion.families.folders import save
from tests.diffusion.upscalers.folders import MAKERS, save_upscaler

PROMPTS, SEEDS = ['a red chair', 'a dog on a sofa'], [1, 2]
CPU = dict(device=torch.device('cpu'), dtype=torch.float32)


@pytest.fixture(scope='module')
def generator(tmp_path_factory):
    torch.manual_seed(0)
    return DiffusionModel.load(save('deepfloyd_if', tmp_path_factory.mktemp('first')))


@pytest.fixture(scope='module', params=MAKERS)
def made(request, tmp_path_factory):
    return request.param, save_upscaler(request.param, tmp_path_factory.mktemp(request.param))


@pytest.mark.parametrize('guidance', [1.0, 3.0])
def test_draws_as_the_pipeline_of_diffusers_does(made, generator, guidance):
    """The second stage gets the text of the first, as diffusers' own example hands it over."""
    name, folder = made
    given = dict(safety_checker=None) if name.startswith('deepfloyd') else {}
    pipeline = DiffusionPipeline.from_pretrained(folder, **given)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.register_modules(**({} if name == 'stable_diffusion' else dict(text_encoder=generator_t5(generator))))
    images = torch.rand(2, 3, 16, 16) * 2 - 1
    more = {} if name == 'stable_diffusion' else dict(clean_caption=False)
    theirs = pipeline(
        prompt=PROMPTS,
        negative_prompt=['red', 'red'],
        image=images if more else images / 2 + 0.5,
        num_inference_steps=3,
        guidance_scale=guidance,
        noise_level=40,
        generator=[torch.Generator().manual_seed(seed) for seed in SEEDS],
        output_type='pt',
        **more,
    ).images
    theirs = theirs if more else theirs * 2 - 1
    upscaler = Upscaler.load(folder, **CPU)
    options = dict(steps=3, guidance=guidance, noise_level=40, negative_prompt='red')
    ours = upscaler(images, PROMPTS, seeds=SEEDS, encode_text=generator.encode_text, **options)
    assert ours.shape[2:] == upscaler.size_of((16, 16)) == ((32, 32) if more else (128, 128))
    torch.testing.assert_close(ours, theirs.clamp(-1, 1), atol=1e-4, rtol=1e-4)
    alone = upscaler(images[1:], PROMPTS[1:], seeds=SEEDS[1:], encode_text=generator.encode_text, **options)
    torch.testing.assert_close(ours[1:], alone, atol=1e-3, rtol=1e-3)
    other = upscaler(images, PROMPTS, seeds=[3, 4], encode_text=generator.encode_text, **options)
    assert not torch.allclose(ours, other)


def generator_t5(generator):
    return generator._denoiser.text._pipeline.text_encoder


def test_loaded_once_and_named_by_its_content(made, tmp_path):
    _, folder = made
    assert Upscaler.load(folder, **CPU) is Upscaler.load(str(folder), **CPU)
    shutil.copytree(folder, tmp_path / 'copy')
    assert fingerprint_of(str(tmp_path / 'copy')) == fingerprint_of(str(folder))
    shutil.copytree(folder, tmp_path / 'changed')
    path = tmp_path / 'changed/scheduler/scheduler_config.json'
    path.write_text(json.dumps(json.loads(path.read_text()) | dict(beta_end=0.5)))
    assert fingerprint_of(str(tmp_path / 'changed')) != fingerprint_of(str(folder))


def test_the_second_stage_needs_no_text_encoder_of_its_own(tmp_path, generator):
    folder = save_upscaler('deepfloyd_if', tmp_path)
    for part in ('text_encoder', 'tokenizer'):
        shutil.rmtree(folder / part)
    upscaler = Upscaler.load(folder, **CPU)
    options = dict(seeds=[0], steps=1, guidance=2.0, encode_text=generator.encode_text)
    assert upscaler(torch.zeros(1, 3, 16, 16), ['a dog'], **options).isfinite().all()


def test_an_image_that_is_not_square(tmp_path, generator):
    upscaler = Upscaler.load(save_upscaler('deepfloyd_if', tmp_path), **CPU)
    assert upscaler.size_of((16, 24)) == (32, 48) and upscaler.size_of((24, 16)) == (48, 32)
    made = upscaler(
        torch.zeros(1, 3, 16, 24), ['a dog'], seeds=[0], steps=1, guidance=1.0, encode_text=generator.encode_text
    )
    assert made.shape == (1, 3, 32, 48) and made.abs().max() <= 1


def test_mistakes_are_one_line(tmp_path, generator):
    first = save('deepfloyd_if', tmp_path / 'first')
    second = save_upscaler('deepfloyd_if', tmp_path / 'second')
    larger = save_upscaler('stable_diffusion', tmp_path / 'larger')
    broken = shutil.copytree(second, tmp_path / 'broken')
    (broken / 'unet/diffusion_pytorch_model.safetensors').unlink()
    other = shutil.copytree(second, tmp_path / 'other')
    path = other / 'scheduler/scheduler_config.json'
    path.write_text(json.dumps(json.loads(path.read_text()) | dict(_class_name='FlowMatchEulerDiscreteScheduler')))
    for source, message in (
        ('./nowhere', r"there is no upscaler folder './nowhere': name a diffusers folder or a hub id$"),
        (first, r'the upscaler in .* is IFPipeline, and its parts make no upscaler of .*DeepFloydIFUpscaler'),
        (broken, 'has no unet/diffusion_pytorch_model.safetensors'),
        (other, "the upscaler's scheduler 'FlowMatchEulerDiscreteScheduler' is not supported"),
    ):
        with pytest.raises(UserError, match=message) as error:
            Upscaler.load(source, **CPU)
        assert '\n' not in str(error.value)
    for source, message in (
        (second, 'this is a later stage of DeepFloyd IF, .*sampler.upscalers'),
        (larger, 'wants more than text; .*sampler.upscalers'),
    ):
        with pytest.raises(UserError, match=message):
            DiffusionModel.load(source)
    upscaler = Upscaler.load(larger, **CPU)
    for steps, level, message in ((0, 20, 'steps .* 1 to 1000, not 0'), (2, 301, 'noise_level .* 0 to 300, not 301')):
        with pytest.raises(UserError, match=message):
            upscaler.check(steps=steps, noise_level=level)
