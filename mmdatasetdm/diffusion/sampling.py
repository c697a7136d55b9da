"""Text to finished latents, with any scheduler of diffusers that fits the generator."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Sequence

import torch
from diffusers import SchedulerMixin, schedulers
from diffusers.utils.torch_utils import randn_tensor
from torch import Tensor

from mmdatasetdm.diffusion.families import Denoiser
from mmdatasetdm.errors import UserError


def make_scheduler(name: str, config: dict, *, seeds: Sequence[int]) -> SchedulerMixin:
    """The scheduler ``name`` with the generator's own noise schedule.

    Raises:
        UserError: there is no such scheduler, or it is made for another kind of model.
    """
    known = {n: c for n, c in vars(schedulers).items() if isinstance(c, type) and issubclass(c, SchedulerMixin) and _fits(c)}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or ['DDIMScheduler']
        raise UserError(f"no scheduler '{name}' fits this generator; near it: {', '.join(near)}")
    own = inspect.signature(known[name].__init__).parameters
    # a scheduler that draws from a process of its own takes the seeds here, the others take generators in step()
    extra = {'noise_sampler_seed': list(seeds)} if 'noise_sampler_seed' in own else {}
    return known[name].from_config({key: value for key, value in config.items() if key in own}, **extra)


def _fits(scheduler: type) -> bool:
    """Whether it is made for a discrete variance-preserving schedule and the plain step(prediction, t, sample)."""
    if not {'beta_schedule', 'prediction_type'} <= set(inspect.signature(scheduler.__init__).parameters):
        return False
    step = list(inspect.signature(scheduler.step).parameters.values())[4:]
    return 'Inverse' not in scheduler.__name__ and all(p.default is not p.empty for p in step)


@torch.no_grad()
def sample(*, denoiser: Denoiser, scheduler: SchedulerMixin, text: Tensor, negative: Tensor | None, seeds: Sequence[int],
           steps: int, guidance: float, size: tuple[int, int]) -> Tensor:
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
