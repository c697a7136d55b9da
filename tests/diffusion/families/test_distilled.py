"""Generators that were distilled to few steps (Turbo, Lightning, LCM, SANA-Sprint) draw as diffusers' pipelines do."""

import pytest
import torch
from diffusers import DiffusionPipeline

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.errors import UserError
from tests.diffusion.families.folders import save

PROMPTS, SEEDS = ['a red chair', 'a dog on a sofa'], [1, 2]
KINDS = dict(sdxl_turbo=64, sdxl_lightning=64, lcm=64, sdxl_lcm=64, sana_sprint=256, flux_schnell=64)


@pytest.fixture(scope='module', params=KINDS)
def loaded(request, tmp_path_factory):
    folder = save(request.param, tmp_path_factory.mktemp(request.param))
    return request.param, folder, DiffusionModel.load(folder)


@pytest.mark.parametrize('steps', [1, 2, 4])
def test_few_steps_without_a_second_pass(loaded, steps, monkeypatch):
    """With the folder's own scheduler and its timesteps, which begin at pure noise."""
    name, folder, model = loaded
    guidance = 0.0 if name.startswith(('sdxl_turbo', 'sdxl_lightning', 'flux')) else 5.0
    pipeline = DiffusionPipeline.from_pretrained(folder, **(dict(safety_checker=None) if name == 'lcm' else {}))
    pipeline.set_progress_bar_config(disable=True)
    more = dict(use_resolution_binning=False) if name == 'sana_sprint' else {}
    if name == 'sana_sprint' and steps != 2:
        more['intermediate_timesteps'] = None
    if name.startswith('flux'):
        more['max_sequence_length'] = 40
    theirs = pipeline(
        PROMPTS,
        num_inference_steps=steps,
        guidance_scale=guidance,
        height=KINDS[name],
        width=KINDS[name],
        generator=[torch.Generator().manual_seed(seed) for seed in SEEDS],
        output_type='latent',
        **more,
    ).images
    if name.startswith('flux'):
        theirs = pipeline._unpack_latents(theirs, 64, 64, 8)
    passes, predict = [], model._denoiser.predict

    def counted(latents, timestep, *args, **options):
        passes.append((len(latents), float(timestep)))
        return predict(latents, timestep, *args, **options)

    monkeypatch.setattr(model._denoiser, 'predict', counted)
    ours = model.sample(
        PROMPTS,
        seeds=SEEDS,
        steps=steps,
        guidance=guidance,
        scheduler=type(pipeline.scheduler).__name__,
        height=KINDS[name],
        width=KINDS[name],
    )
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)
    assert [size for size, _ in passes] == [2] * steps, 'one pass a step, over the two samples'
    assert passes[0][1] >= 980, 'it begins at the end of the noise schedule'


def test_guidance_is_an_input_where_it_is_embedded(loaded):
    name, _, model = loaded
    samples = [
        model.sample(PROMPTS, seeds=SEEDS, steps=2, guidance=scale, height=KINDS[name], width=KINDS[name])
        for scale in (0.5, 1.0)
    ]
    assert torch.allclose(*samples) != (name in ('lcm', 'sdxl_lcm', 'sana_sprint'))


def test_the_default_scheduler_is_the_one_it_was_distilled_for(loaded):
    """Without a name: its own for consistency models and flows; DDIM at the same timesteps for the others."""
    name, _, model = loaded
    own = {'lcm': 'LCMScheduler', 'sdxl_lcm': 'LCMScheduler', 'sana_sprint': 'SCMScheduler'}
    wanted = own.get(name, 'FlowMatchEulerDiscreteScheduler' if name.startswith('flux') else 'DDIMScheduler')
    options = dict(seeds=SEEDS, steps=2, guidance=1.0, height=KINDS[name], width=KINDS[name])
    assert torch.equal(model.sample(PROMPTS, **options), model.sample(PROMPTS, scheduler=wanted, **options))


def test_sana_sprint_takes_no_other_scheduler(tmp_path):
    model = DiffusionModel.load(save('sana_sprint', tmp_path))
    with pytest.raises(UserError, match="no diffusers scheduler 'DDIMScheduler' fits this generator but its own, SCM"):
        model.sample(['a dog'], seeds=[0], scheduler='DDIMScheduler', height=256, width=256)
