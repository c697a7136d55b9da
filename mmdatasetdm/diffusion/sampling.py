"""Text to finished latents, with any scheduler of diffusers that fits the generator."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import torch
from diffusers import SchedulerMixin
from diffusers.utils.torch_utils import randn_tensor
from torch import Tensor

from mmdatasetdm.diffusion.families import Denoiser
from mmdatasetdm.diffusion.text_encoder import TextEmbedding
from mmdatasetdm.diffusion.trigflow import TrigFlowScheduler


@torch.no_grad()
def sample(
    *,
    denoiser: Denoiser,
    scheduler: SchedulerMixin | TrigFlowScheduler,
    text: TextEmbedding,
    negative: TextEmbedding | None,
    seeds: Sequence[int],
    steps: int,
    guidance: float,
    guidance_interval: tuple[float, float] = (0.0, 1.0),
    size: tuple[int, int],
) -> Tensor:
    """Denoises B latents to the end.

    Every sample draws all its noise from its own CPU generator, so it is the same in any batch and on any device; the
    latents stay in float32 between the steps.

    Args:
        text: of B prompts.
        negative: of B prompts, or None for no guidance by a second pass.
        guidance_interval: beginning and end of the guided steps, as shares of all.
        size: height and width of the latents.

    Returns:
        (B, c, h, w), float32, scaled.
    """
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    shape = (len(generators), denoiser.latent_channels, *size)
    denoiser.set_timesteps(scheduler, steps, size)
    latents = randn_tensor(shape, generator=generators, device=denoiser.device, dtype=torch.float32)
    latents = latents * getattr(
        scheduler, 'init_noise_sigma', 1.0
    )  # those of flow matching start at 1 and scale nothing
    scale = getattr(scheduler, 'scale_model_input', lambda sample, timestep: sample)
    step_args = {'generator': generators} if 'generator' in inspect.signature(scheduler.step).parameters else {}
    told = {'guidance': guidance} if denoiser.embeds_guidance else {}
    both = text if negative is None else negative.cat(text)

    count = len(scheduler.timesteps)
    first, last = (round(share * count) for share in guidance_interval)
    for number, timestep in enumerate(scheduler.timesteps):
        scaled = scale(latents, timestep).to(denoiser.dtype)
        if negative is None or not first <= number < last:
            prediction = denoiser.predict(scaled, timestep, text, **told).float()
        else:
            prediction = denoiser.predict(torch.cat([scaled, scaled]), timestep, both, **told)
            without, with_text = prediction.float().chunk(2)
            prediction = without + guidance * (with_text - without)
        latents = scheduler.step(prediction, timestep, latents, return_dict=False, **step_args)[0]
    return latents.float()
