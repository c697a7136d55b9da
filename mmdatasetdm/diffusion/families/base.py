"""What every family of denoisers offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True)
class RawFeatures:
    """What one pass of a denoiser leaves behind, by level (0 is the finest, each next one is half as large).

    Attributes:
        taps: level -> the tapped activations, each (N, C_i, h, w), in the order of the pass; N is the size of the pass.
        attention: level -> (B, T, h, w), cross-attention of the first B samples, averaged over heads and layers.
    """

    taps: dict[int, list[Tensor]]
    attention: dict[int, Tensor]


class Denoiser(Protocol):
    """A frozen denoiser: it predicts for the sampler, and it is looked into once for the features.

    Attributes:
        channels: level -> channels of its taps put together, derived from the model.
        latent_channels: channels of the latents.
        latent_size: side of the latents that the model was made for.
    """

    channels: dict[int, int]
    latent_channels: int
    latent_size: int
    dtype: torch.dtype
    device: torch.device

    def predict(self, latents: Tensor, timestep: Tensor, text: Tensor) -> Tensor:
        """The model's prediction, (B, c, h, w), for latents (B, c, h, w), a timestep and text (B, T, D)."""

    def look(self, latents: Tensor, timestep: Tensor, text: Tensor, *, attention_of: int) -> RawFeatures:
        """The same pass with its taps, and the cross-attention of the first ``attention_of`` samples, recorded."""
