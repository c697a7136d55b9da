"""Text to finished latents, with any scheduler of diffusers that fits the generator."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Sequence
from functools import cache
from typing import Any

import torch
from diffusers import SchedulerMixin, schedulers
from diffusers.utils.import_utils import DummyObject
from diffusers.utils.torch_utils import randn_tensor
from torch import Tensor

from mmdatasetdm.diffusion.families import Denoiser
from mmdatasetdm.errors import UserError


def make_scheduler(name: str, config: dict, *, seeds: Sequence[int]) -> SchedulerMixin:
    """The scheduler ``name`` with the generator's own noise schedule.

    Raises:
        UserError: there is no such scheduler, or it is made for another kind of model.
    """
    known = fitting_schedulers()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or ['DDIMScheduler']
        raise UserError(f"no diffusers scheduler '{name}' fits this generator; near it: {', '.join(near)}")
    own = inspect.signature(known[name].__init__).parameters
    settings = {key: value for key, value in config.items() if key in own}
    if 'noise_sampler_seed' in own:  # it draws from a process of its own; the others take generators in step()
        settings['noise_sampler_seed'] = list(seeds)
    if 'skip_prk_steps' in own:  # as all latent diffusion does; the Runge-Kutta start needs many steps
        settings.setdefault('skip_prk_steps', True)
    try:
        return known[name].from_config(settings)
    except ImportError as error:
        raise UserError(f"the scheduler '{name}' needs another package: {' '.join(str(error).split())}") from error


@cache
def fitting_schedulers() -> dict[str, type[SchedulerMixin]]:
    """The schedulers of the installed diffusers that fit a latent diffusion model, by name."""
    found = {name: getattr(schedulers, name) for name in dir(schedulers) if name.endswith('Scheduler')}
    # a DummyObject lacks a package and says which when it is made
    return {name: kind for name, kind in found.items() if isinstance(kind, DummyObject) or _fits(kind)}


def _fits(scheduler: Any) -> bool:
    """Whether it keeps to a given variance-preserving schedule and has the plain step(prediction, t, sample)."""
    own = set(inspect.signature(scheduler.__init__).parameters)
    if not {'beta_start', 'beta_schedule', 'prediction_type'} <= own or 'snr_shift_scale' in own:
        return False
    step = list(inspect.signature(scheduler.step).parameters.values())[4:]
    return 'Inverse' not in scheduler.__name__ and all(p.default is not p.empty for p in step)


@torch.no_grad()
def sample(
    *,
    denoiser: Denoiser,
    scheduler: SchedulerMixin,
    text: Tensor,
    negative: Tensor | None,
    seeds: Sequence[int],
    steps: int,
    guidance: float,
    size: tuple[int, int],
) -> Tensor:
    """Denoises B latents to the end.

    Every sample draws all its noise from its own CPU generator, so it is the same in any batch and on any device; the
    latents stay in float32 between the steps.

    Args:
        text: (B, T, D).
        negative: (B, T, D), or None for no guidance.
        size: height and width of the latents.

    Returns:
        (B, c, h, w), float32, scaled.
    """
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    shape = (len(generators), denoiser.latent_channels, *size)
    scheduler.set_timesteps(steps, device=denoiser.device)
    latents = randn_tensor(shape, generator=generators, device=denoiser.device, dtype=torch.float32)
    latents = latents * scheduler.init_noise_sigma
    step_args = {'generator': generators} if 'generator' in inspect.signature(scheduler.step).parameters else {}
    hidden = text if negative is None else torch.cat([negative, text])

    for timestep in scheduler.timesteps:
        scaled = scheduler.scale_model_input(latents, timestep).to(denoiser.dtype)
        if negative is None:
            prediction = denoiser.predict(scaled, timestep, hidden).float()
        else:
            without, with_text = denoiser.predict(torch.cat([scaled, scaled]), timestep, hidden).float().chunk(2)
            prediction = without + guidance * (with_text - without)
        latents = scheduler.step(prediction, timestep, latents, return_dict=False, **step_args)[0]
    return latents.float()
