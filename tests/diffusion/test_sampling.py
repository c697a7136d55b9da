import pytest
import torch
from diffusers import StableDiffusionPipeline
from diffusers.models.attention_processor import AttnProcessor2_0

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.diffusion.families.unet import CapturingProcessor
from mmdatasetdm.diffusion.schedulers import fitting_schedulers, make_scheduler
from mmdatasetdm.errors import UserError

PROMPTS, SEEDS = ['a red chair', 'a dog', 'a red sofa'], [7, 8, 2**40]
STOCHASTIC = ['DDPMScheduler', 'EulerAncestralDiscreteScheduler', 'SASolverScheduler']
FEW_STEPS = {'LCMScheduler', 'TCDScheduler'}  # for distilled models: tests/diffusion/families/test_distilled.py


@pytest.mark.parametrize('guidance', [1.0, 5.0])
def test_agrees_with_the_pipeline_of_diffusers(toy_generator_folder, toy_generator, guidance):
    pipeline = StableDiffusionPipeline.from_pretrained(toy_generator_folder, safety_checker=None)
    pipeline.set_progress_bar_config(disable=True)
    theirs = pipeline(
        PROMPTS,
        negative_prompt=['red'] * 3,
        guidance_scale=guidance,
        num_inference_steps=6,
        generator=[torch.Generator().manual_seed(seed) for seed in SEEDS],
        output_type='latent',
    ).images
    ours = toy_generator.sample(PROMPTS, seeds=SEEDS, steps=6, guidance=guidance, negative_prompt='red')
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize('scheduler', sorted(set(fitting_schedulers()) - FEW_STEPS))
def test_a_sample_does_not_depend_on_its_batch(generator, scheduler):
    def sample(prompts, seeds):
        return generator.sample(prompts, seeds=seeds, scheduler=scheduler, steps=3, guidance=2, height=32, width=64)

    try:
        together = sample(PROMPTS, SEEDS)
    except UserError as error:
        pytest.skip(str(error))  # it needs a package that is not here
    assert together.shape == (3, 16, 4, 8)
    assert together.isfinite().all()
    alone = torch.cat([sample([prompt], [seed]) for prompt, seed in zip(PROMPTS, SEEDS, strict=True)])
    torch.testing.assert_close(together, alone, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize('scheduler', STOCHASTIC)
def test_noise_of_the_steps_follows_the_seed(generator, scheduler):
    first, again, other = (
        generator.sample(['a dog'], seeds=[seed], scheduler=scheduler, steps=3, height=32, width=32)
        for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)


def test_guidance_is_off_at_one_or_less(toy_generator, monkeypatch):
    batches = []
    denoiser = toy_generator._denoiser
    predict = denoiser.predict
    monkeypatch.setattr(denoiser, 'predict', lambda x, t, text: batches.append(len(x)) or predict(x, t, text))
    samples = {g: toy_generator.sample(['a dog'], seeds=[0], steps=2, guidance=g) for g in (0.0, 1.0, 1.5)}
    assert batches == [1, 1, 1, 1, 2, 2]
    assert torch.equal(samples[0.0], samples[1.0])
    assert not torch.equal(samples[1.0], samples[1.5])


def test_steps_outside_of_the_guidance_interval_take_one_pass(toy_generator, monkeypatch):
    batches = []
    denoiser = toy_generator._denoiser
    predict = denoiser.predict
    monkeypatch.setattr(denoiser, 'predict', lambda x, t, text: batches.append(len(x)) or predict(x, t, text))

    def sample(**options):
        return toy_generator.sample(['a dog'], seeds=[0], steps=4, **options)

    some = sample(guidance=3.0, guidance_interval=(0.25, 0.75))
    assert batches == [1, 2, 2, 1]
    assert torch.equal(sample(guidance=3.0, guidance_interval=(0.0, 1.0)), sample(guidance=3.0))
    assert not torch.equal(some, sample(guidance=3.0)) and not torch.equal(some, sample(guidance=1.0))


def test_negative_prompt_matters(toy_generator):
    samples = [toy_generator.sample(['a dog'], seeds=[0], steps=2, negative_prompt=text) for text in ('', 'dog')]
    assert not torch.allclose(*samples)


def test_default_size_is_the_generators(toy_generator):
    assert toy_generator.sample(['a dog'], seeds=[0], steps=1).shape == (1, 16, 16, 16)


def test_sampling_runs_the_fused_processors(generator, monkeypatch):
    """Also after an extraction pass: what capture needs is there for that one pass."""
    unet = generator._denoiser.unet
    generator.extract_features(torch.randn(1, 16, 16, 16), ['a dog'], timestep=1)
    seen = []
    hook = unet.register_forward_pre_hook(lambda *_: seen.append({type(p) for p in unet.attn_processors.values()}))
    monkeypatch.setattr(CapturingProcessor, '__call__', lambda *_: pytest.fail('attention was captured'))
    generator.sample(['a dog'], seeds=[0], steps=3)
    hook.remove()
    assert seen == [{AttnProcessor2_0}] * 3
    assert not any(module._forward_hooks for module in unet.modules())


def test_keeps_the_generators_noise_schedule():
    config = {
        'beta_start': 0.001,
        'beta_end': 0.01,
        'beta_schedule': 'linear',
        'prediction_type': 'v_prediction',
        'unknown': 1,
    }
    scheduler = make_scheduler('DPMSolverMultistepScheduler', config, seeds=[0])
    assert scheduler.config.prediction_type == 'v_prediction'
    assert scheduler.betas[[0, -1]].tolist() == pytest.approx([0.001, 0.01])


@pytest.mark.parametrize(
    'name, near',
    [
        ('DDIMSchedular', 'DDIMScheduler'),
        ('EulerDiscrete', 'EulerDiscreteScheduler'),
        ('FlowMatchEulerDiscreteScheduler', 'EulerDiscreteScheduler'),
        ('os', 'Scheduler'),
    ],
)
def test_unknown_or_unfit_scheduler(toy_generator, name, near):
    with pytest.raises(UserError, match=f"no diffusers scheduler '{name}' fits this generator; near it: .*{near}"):
        toy_generator.sample(['a dog'], seeds=[0], scheduler=name)


@pytest.mark.parametrize(
    'arguments, message',
    [
        ({'seeds': [1, 2]}, '1 prompts need as many seeds, not 2'),
        ({'seeds': [1], 'steps': 0}, 'steps must be 1 to 1000, not 0'),
        ({'seeds': [1], 'height': 100}, 'height and width must be divisible by 8, not 100 and 128'),
    ],
)
def test_mistakes(toy_generator, arguments, message):
    with pytest.raises(UserError, match=message):
        toy_generator.sample(['a dog'], **arguments)


def test_compiled_sampling_draws_the_same_and_features_stay(toy_generator_folder, monkeypatch):
    monkeypatch.setattr(DiffusionModel, '_loaded', {})
    model = DiffusionModel.load(toy_generator_folder)
    options = dict(seeds=[3], steps=2, height=64, width=64)
    plain = model.sample(['a red chair'], **options)
    features = model.extract_features(plain, ['a chair'], timestep=1).pyramid
    calls = []

    def backend(graph, inputs):  # of torch.compile: it counts, and compiles nothing
        def call(*args):
            calls.append(len(args))
            return graph(*args)

        return call

    model.compile(backend=backend)
    compiled = model.sample(['a red chair'], **options)
    assert calls and torch.allclose(compiled, plain, atol=1e-4)
    before = len(calls)
    again = model.extract_features(plain, ['a chair'], timestep=1).pyramid
    assert len(calls) == before and all(torch.equal(again[stride], maps) for stride, maps in features.items())
