"""Every family with its true classes, small: it samples as its own pipeline does, and its labels can be made."""

import json
import shutil

import pytest
import torch
from diffusers import DDPMScheduler, DiffusionPipeline
from mmengine.config import Config

import mmdatasetdm.models  # noqa: F401
from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.diffusion.folder import outline
from mmdatasetdm.diffusion.loading import load_finders
from mmdatasetdm.diffusion.phrases import longest
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate, load_recipe
from mmdatasetdm.generation.storage import shards
from mmdatasetdm.registry import MODELS
from tests.diffusion.families.folders import save
from tests.generation.conftest import PIXELS, contents, run_and_be_killed

PROMPTS, SEEDS = ['a red chair', 'a dog on a sofa'], [1, 2]
# SDXL's distilled checkpoints have the parts of SDXL: test_distilled.py
# strides of the features, side of the images here, length of the texts
FACTS = dict(
    sd2=((8, 16, 32), 64, 20),
    lcm=((8, 16, 32), 64, 20),
    sdxl=((8, 16, 32), 64, 20),
    pixart_alpha=((16, 32, 64), 64, 120),
    pixart_sigma=((16, 32, 64), 64, 300),
    sd3=((16, 32, 64), 64, 20 + 40),
    sd3_without_t5=((16, 32, 64), 64, 20 + 256),
    flux_dev=((16, 32, 64), 64, 40),
    flux_schnell=((16, 32, 64), 64, 40),
    sana=((32, 64, 128), 256, 300),
    sana_sprint=((32, 64, 128), 256, 300),
    deepfloyd_if=((1, 2, 4), 16, 77),
)
# one of each, for what takes longer
FAMILIES = ('sd2', 'sdxl', 'pixart_sigma', 'sd3', 'flux_dev', 'sana', 'sana_sprint', 'deepfloyd_if')


@pytest.fixture(scope='session', params=FACTS)
def made(request, tmp_path_factory):
    return request.param, save(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope='session')
def loaded(made):
    return made[0], DiffusionModel.load(made[1])


def test_the_outline_is_that_of_the_loaded_model(made, loaded):
    found = outline(made[1])
    assert found.strides == loaded[1].strides and found.guidance_input == loaded[1]._denoiser.embeds_guidance
    assert found.image_size == loaded[1].image_size and found.half in (torch.float16, torch.bfloat16)


def sampled(model, side, **options):
    return model.sample(PROMPTS, seeds=SEEDS, height=side, width=side, **dict(steps=3, guidance=3.0) | options)


def test_samples_as_the_pipeline_of_diffusers_does(made, loaded):
    name, model = loaded
    side = FACTS[name][1]
    if name == 'sd3_without_t5':
        given = dict(text_encoder_3=None, tokenizer_3=None)
    else:
        given = dict(safety_checker=None) if name in ('sd2', 'lcm', 'deepfloyd_if') else {}
    pipeline = DiffusionPipeline.from_pretrained(made[1], **given)
    pipeline.set_progress_bar_config(disable=True)
    more = dict(output_type='latent')
    if name.startswith(('pixart', 'sana')):
        more['use_resolution_binning'] = False
    if name == 'sana_sprint':  # an angle between two steps; these are three
        more['intermediate_timesteps'] = None
    if name.startswith(('sd3', 'flux')) and name != 'sd3_without_t5':
        more['max_sequence_length'] = 40
    if name == 'deepfloyd_if':  # it has no such output; what is predicted of the variance is not used here
        pipeline.scheduler = DDPMScheduler.from_config(pipeline.scheduler.config, variance_type='fixed_small')
        more = dict(output_type='pt')
    theirs = pipeline(
        PROMPTS,
        num_inference_steps=3,
        guidance_scale=3.0,
        height=side,
        width=side,
        generator=[torch.Generator().manual_seed(seed) for seed in SEEDS],
        **more,
    ).images
    if name.startswith('flux'):
        theirs = pipeline._unpack_latents(theirs, side, side, 8)
    guidance = 1.0 if name == 'flux_schnell' else 3.0  # its pipeline has no second pass
    ours = sampled(model, side, scheduler=type(pipeline.scheduler).__name__, guidance=guidance)
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_default_scheduler_fits(loaded):
    name, model = loaded
    latents = sampled(model, FACTS[name][1], steps=2)
    assert latents.isfinite().all()
    alone = model.sample(
        PROMPTS[1:], seeds=SEEDS[1:], steps=2, guidance=3.0, height=FACTS[name][1], width=FACTS[name][1]
    )
    torch.testing.assert_close(latents[1:], alone, atol=1e-3, rtol=1e-3)


def test_images_to_latents_and_back(loaded):
    name, model = loaded
    side = FACTS[name][1]
    images = torch.rand(2, 3, side, side) * 2 - 1
    latents = model.encode_images(images)
    assert latents.shape == (2, model.latent_channels, side // model.latent_stride, side // model.latent_stride)
    again = model.decode_latents(latents)
    assert again.shape == images.shape and again.abs().max() <= 1
    if name == 'deepfloyd_if':
        assert torch.equal(again, images), 'it works on pixels'
    with pytest.raises(UserError, match=r'autoencoder|no features'):
        model.decoder_features(latents, strides=(4, 3))


def test_features(loaded):
    name, model = loaded
    strides, side, tokens = FACTS[name]
    latents = torch.randn(2, model.latent_channels, side // model.latent_stride, side // model.latent_stride)
    phrases = ['chair', 'sofa', 'table', 'red chair']
    both = model.extract_features(latents, PROMPTS, timestep=1, phrases=phrases, with_uncond=True, noise_seeds=[1, 2])
    assert model.strides == tuple(both.pyramid) == strides
    for stride, maps in both.pyramid.items():
        assert maps.shape == (2, 2 * model.channels[stride], side // stride, side // stride)
        assert maps.isfinite().all()
    for stride, maps in both.attention.items():
        assert maps.shape == (2, tokens, side // stride, side // stride)
        assert (maps >= 0).all() and (maps.sum(1) < 1 + 1e-4).all()
        assert both.phrase_attention[stride].flatten(2).any(-1).tolist() == [
            [False, False, False, True],
            [False, True, False, False],
        ], 'the chair is the red chair; of each image what its text names'
    # a sample's features are its own, and the conditional pass comes first
    alone = model.extract_features(latents[1:], PROMPTS[1:], timestep=1, phrases=phrases, noise_seeds=[2])
    for stride, maps in alone.pyramid.items():
        torch.testing.assert_close(both.pyramid[stride][1:, : model.channels[stride]], maps, atol=1e-4, rtol=1e-4)
    for stride, maps in alone.attention.items():
        torch.testing.assert_close(both.attention[stride][1:], maps, atol=1e-5, rtol=1e-4)
    assert model.missing_phrases('a red chair', phrases) == ['chair', 'sofa', 'table']


def test_reads_a_text_as_far_as_it_says(made, loaded):
    """Also without its models, from tokenizers and configs alone."""
    _, model = loaded
    long = ' '.join(['chair'] * 600)
    part = model.readable_part(long)
    assert 0 < len(part) < len(long) and not model.fits(long)
    assert part == ' '.join(['chair'] * len(part.split())) and model.fits(part)
    whole, longer, other = (model.encode_text([text]) for text in (long, part + ' dog dog', part[:-5] + 'dog'))
    torch.testing.assert_close(whole.hidden, longer.hidden)
    assert not torch.allclose(whole.hidden, other.hidden, atol=1e-4)
    finders = load_finders(made[1], family=type(model._denoiser))
    assert [finder.max_tokens for finder in finders] == [finder.max_tokens for finder in model._denoiser.text.finders]
    assert longest(finders).readable_part(long) == part


def test_recording_changes_nothing(loaded):
    name, model = loaded
    side = FACTS[name][1] // model.latent_stride
    latents, denoiser = torch.randn(2, model.latent_channels, side, side), model._denoiser
    text = model.encode_text(PROMPTS)
    with torch.no_grad():
        plain = denoiser.predict(latents, torch.tensor(1), text)
        denoiser.extract(latents, torch.tensor(1), text, attention_of=2)
        again = denoiser.predict(latents, torch.tensor(1), text)
    assert torch.equal(plain, again)
    network = getattr(denoiser, 'unet', None) or denoiser.transformer
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())


def test_attention_is_that_of_the_last_layer_computed_apart(tmp_path):
    """The probe's numbers for PixArt's cross-attention, whose mask hides the padding."""
    model = DiffusionModel.load(save('pixart_sigma', tmp_path))
    denoiser, projected = model._denoiser, {}
    layers = denoiser.attentions
    hooks = [
        getattr(layer, part).register_forward_hook(
            lambda m, a, output, key=(layer, part): projected.update({key: output})
        )
        for layer in layers
        for part in ('to_q', 'to_k')
    ]
    text = model.encode_text(PROMPTS)
    raw = denoiser.extract(torch.randn(2, 4, 8, 8), torch.tensor(1), text, attention_of=2)
    for hook in hooks:
        hook.remove()
    total = 0
    for layer in layers:
        query, key = (
            projected[layer, part].unflatten(2, (layer.heads, -1)).transpose(1, 2) for part in ('to_q', 'to_k')
        )
        scores = query @ key.transpose(-1, -2) * layer.scale
        scores = scores.masked_fill(text.mask[:, None, None] == 0, -torch.inf)
        total = total + scores.softmax(-1).mean(1)
    expected = (total / len(layers)).transpose(1, 2).unflatten(2, (4, 4))
    torch.testing.assert_close(raw.attention[1], expected, atol=1e-5, rtol=1e-4)


DECODER = """
custom_imports = dict(imports=['mmdatasetdm'])
default_scope = 'mmseg'
model = dict(
    type='mmdatasetdm.DiffusionSegmentor',
    backbone=dict(type='mmdatasetdm.DiffusionFeatureBackbone', generator={generator!r}, timestep=1,
                  prompt='a chair and a sofa', class_phrases=('chair', 'sofa')),
    decode_head=dict(type='mmdatasetdm.PixelClassifierHead', num_classes=3, pixel_decoder={pixels},
                     loss=dict(type='mmdatasetdm.PixelCriterion')))
"""
RECIPE = """
generator = {generator!r}
sampler = dict(steps=2, guidance=2.0, height={side}, width={side})
prompts = dict(type='template', classes=['chair', 'sofa'], templates=['a room with {{classes}}'])
decoders = dict(semantic=dict(config={config!r}, checkpoint={checkpoint!r}, ignore=dict(score=0.2)))
seed = 3
shard_size = 2
batch_size = 2
"""


@pytest.mark.parametrize('name', FAMILIES)
def test_train_a_step_generate_be_killed_and_resume(name, tmp_path, one_thread):
    folder, side = save(name, tmp_path / 'generator'), FACTS[name][1]
    config = tmp_path / 'decoder.py'
    config.write_text(DECODER.format(generator=str(folder), pixels=PIXELS))
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(config).model)
    before = [parameter.clone() for parameter in model.parameters()]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    features = model.backbone(torch.rand(2, 3, side, side) * 2 - 1)
    model.decode_head(features).square().mean().backward()
    optimizer.step()
    assert any(not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    checkpoint = tmp_path / 'decoder.pth'
    meta = dict(dataset_meta=dict(classes=('background', 'chair', 'sofa'), palette=[[0, 0, 0], [9, 0, 0], [0, 9, 0]]))
    torch.save(dict(state_dict=model.state_dict(), meta=meta), checkpoint)
    recipe = tmp_path / 'recipe.py'
    recipe.write_text(RECIPE.format(generator=str(folder), side=side, config=str(config), checkpoint=str(checkpoint)))
    whole, out = tmp_path / 'whole', tmp_path / 'out'
    generate(load_recipe(recipe), whole, num=3)
    for owner, name_, call in ((DiffusionModel, 'sample', 2), (shards, 'write_bytes', 2)):
        run_and_be_killed(lambda: generate(load_recipe(recipe), out, num=3), owner=owner, name=name_, call=call)
        assert len(list(out.glob('shards/[0-9]*.json'))) == 1
    generate(load_recipe(recipe), out, num=3)
    assert contents(out) == contents(whole)
    assert len(list(out.glob('SegmentationClass/*.png'))) == 3


def test_an_unknown_family_is_one_line(tmp_path):
    save('sd2', tmp_path)
    index = json.loads((tmp_path / 'model_index.json').read_text())
    index |= dict(_class_name='SomePipeline', unet=['diffusers', 'SomeModel'])
    (tmp_path / 'model_index.json').write_text(json.dumps(index))
    with pytest.raises(UserError, match=r'is SomePipeline, and its parts make no .* \(DeepFloydIF, .*StableDiffusion'):
        DiffusionModel.load(tmp_path)


@pytest.mark.parametrize(
    ('name', 'part', 'message'),
    [
        ('sdxl', 'tokenizer_2', 'tokenizer_2/ has neither tokenizer.json nor vocab.json'),
        ('pixart_sigma', 'tokenizer', 'tokenizer/ has neither tokenizer.json nor spiece.model'),
        ('sd3', 'text_encoder_3', 'incomplete or damaged|has no text_encoder_3/model.safetensors'),
        ('flux_dev', 'transformer', 'has no transformer/diffusion_pytorch_model.safetensors'),
        ('sana', 'vae', 'has no vae/diffusion_pytorch_model.safetensors'),
    ],
)
def test_a_missing_part_is_one_line(tmp_path, name, part, message):
    shutil.rmtree(save(name, tmp_path) / part)
    with pytest.raises(UserError, match=message) as error:
        DiffusionModel.load(tmp_path)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize(
    ('name', 'scheduler', 'near'),
    [('flux_dev', 'DDIMScheduler', 'FlowMatch'), ('sdxl', 'FlowMatchEulerDiscreteScheduler', 'EulerDiscreteScheduler')],
)
def test_a_scheduler_of_another_kind_of_model(tmp_path, name, scheduler, near):
    model = DiffusionModel.load(save(name, tmp_path))
    with pytest.raises(UserError, match=f"no diffusers scheduler '{scheduler}' fits this generator; near it: .*{near}"):
        model.sample(['a dog'], seeds=[0], scheduler=scheduler, height=64, width=64)
