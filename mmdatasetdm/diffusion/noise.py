"""The forward processes that generators were trained with: how a latent and noise are mixed at a timestep."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import torch
from diffusers import DDPMScheduler
from torch import Tensor

from mmdatasetdm.errors import UserError

FLOW = 'flow_prediction'
TRIGFLOW = 'trigflow'  # the velocity of flow matching, too; the sampling is another


class NoiseSchedule(Protocol):
    """q(x_t | x_0) of a generator's training; it is the same for all samplers."""

    num_timesteps: int

    def mix(self, latents: Tensor, noise: Tensor, timestep: int) -> Tensor:
        """Noised latents, as (B, c, h, w) as both arguments."""


class VariancePreserving:
    """sqrt(a_t) x + sqrt(1 - a_t) e, with the betas of a scheduler's config."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._scheduler = DDPMScheduler.from_config(config)
        self.num_timesteps = self._scheduler.config.num_train_timesteps

    def mix(self, latents: Tensor, noise: Tensor, timestep: int) -> Tensor:
        timesteps = torch.full((len(latents),), timestep, device=latents.device)
        return self._scheduler.add_noise(latents, noise, timesteps)


class Flow:
    """(1 - s) x + s e, with s = t / number of timesteps (rectified flow); 0 has no noise."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.num_timesteps = int(config.get('num_train_timesteps', 1000))

    def mix(self, latents: Tensor, noise: Tensor, timestep: int) -> Tensor:
        share = timestep / self.num_timesteps
        return (1 - share) * latents + share * noise


def prediction_of(config: Mapping[str, Any]) -> str:
    """By a scheduler's config 'epsilon', 'v_prediction', 'sample', 'flow_prediction' or 'trigflow'."""
    if config.get('_class_name') == 'SCMScheduler':
        return TRIGFLOW
    flow = str(config.get('_class_name', '')).startswith('FlowMatch') or config.get('use_flow_sigmas')
    return FLOW if flow else config.get('prediction_type', 'epsilon')


def make_noise_schedule(config: Mapping[str, Any], *, supported: Collection[str]) -> NoiseSchedule:
    """The noise schedule that a generator's scheduler config describes.

    Raises:
        UserError: its model predicts what is not ``supported``, or the schedule is of another kind.
    """
    prediction = prediction_of(config)
    if prediction not in supported:
        raise UserError(f"the generator predicts '{prediction}'; supported are {', '.join(supported)}")
    if str(config.get('_class_name', '')).startswith('EDM'):
        raise UserError('the generator was trained with the noise levels of EDM, which are not supported')
    return Flow(config) if prediction in (FLOW, TRIGFLOW) else VariancePreserving(config)


def noise_of(seeds: Sequence[int], shape: torch.Size) -> Tensor:
    """(B, *shape) on the CPU; each sample's noise depends on its seed alone."""
    return torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])
