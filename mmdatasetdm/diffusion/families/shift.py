"""Noise levels that depend on the size of the image (SD 3 and FLUX)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from diffusers import SchedulerMixin
from diffusers.pipelines.flux.pipeline_flux import calculate_shift


def shifted_timesteps(
    scheduler: SchedulerMixin,
    steps: int,
    *,
    patches: int,
    device: torch.device,
    sigmas: Sequence[float] | None = None,
) -> None:
    """``scheduler.set_timesteps`` with the shift for an image of so many patches, where its config asks for one."""
    config = scheduler.config
    more = {}
    if config.get('use_dynamic_shifting'):
        names = ('base_image_seq_len', 'max_image_seq_len', 'base_shift', 'max_shift')
        base = [config.get(name, value) for name, value in zip(names, (256, 4096, 0.5, 1.15), strict=True)]
        more['mu'] = calculate_shift(patches, *base)
    if sigmas is None or config.get('use_flow_sigmas'):
        scheduler.set_timesteps(steps, device=device, **more)
    else:
        scheduler.set_timesteps(sigmas=list(sigmas), device=device, **more)
