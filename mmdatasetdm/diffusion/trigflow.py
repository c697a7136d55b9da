"""The steps of a continuous-time consistency model (SANA-Sprint) in the words of flow matching."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import SCMScheduler
from torch import Tensor

_BETWEEN = 1.3  # the angle between two steps that SanaSprintPipeline takes; with other numbers they are evenly spaced


class TrigFlowScheduler:
    """``SCMScheduler`` for a denoiser that takes flow matching's mixtures and predicts their velocity.

    That scheduler noises on a circle, cos(a) x + sin(a) e with a from 0 to pi / 2. The same mixture, scaled, is flow
    matching's (1 - s) x + s e with s = sin(a) / (cos(a) + sin(a)), which such a denoiser was trained on; what
    ``SanaSprintPipeline`` computes around its denoiser is computed here.

    Attributes:
        timesteps: of the denoiser, (steps,), 1000 s.
        init_noise_sigma: of the noise to start with.
    """

    init_noise_sigma = 1.0

    def __init__(self, config: dict[str, Any]) -> None:
        self._scheduler = SCMScheduler.from_config(config)
        self._sigma = float(self._scheduler.config.sigma_data)
        self._unit = float(self._scheduler.config.num_train_timesteps)
        self.config = self._scheduler.config
        self.timesteps = torch.empty(0)

    def set_timesteps(self, steps: int, device: torch.device | None = None) -> None:
        between = _BETWEEN if steps == 2 else None
        self._scheduler.set_timesteps(steps, device=device, intermediate_timesteps=between)
        self._scheduler.set_begin_index(0)
        angles = self._scheduler.timesteps[:-1]
        self.timesteps = self._unit * angles.sin() / (angles.cos() + angles.sin())

    def scale_model_input(self, sample: Tensor, timestep: Tensor) -> Tensor:
        """The mixture on the circle (B, c, h, w) as flow matching's."""
        return sample * self._norm(timestep / self._unit)

    def step(
        self,
        model_output: Tensor,
        timestep: Tensor,
        sample: Tensor,
        generator: list[torch.Generator] | None = None,
        return_dict: bool = False,
    ) -> tuple[Tensor]:
        """The velocity (B, c, h, w) that was predicted of a mixture -> the next, less noisy mixture."""
        share = timestep / self._unit
        mixture = self.scale_model_input(sample, timestep)
        on_circle = (1 - 2 * share) * mixture + (1 - 2 * share + 2 * share**2) * model_output
        stepped = self._scheduler.step(
            on_circle / self._norm(share) * self._sigma,
            timestep,
            sample * self._sigma,
            generator=generator,
            return_dict=False,
        )
        return (stepped[0] / self._sigma,)

    @staticmethod
    def _norm(share: Tensor) -> Tensor:
        return torch.sqrt(share**2 + (1 - share) ** 2)
