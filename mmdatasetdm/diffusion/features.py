"""One noised pass over finished latents -> features (docs/method.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmdatasetdm.diffusion.families import Denoiser
from mmdatasetdm.diffusion.noise import NoiseSchedule, noise_of
from mmdatasetdm.errors import UserError


@dataclass(frozen=True)
class Features:
    """Features of B samples, by stride with respect to the image, finest first; sizes H / stride are rounded up.

    Attributes:
        pyramid: stride -> (B, C, H / stride, W / stride); with the unconditional pass its channels come second.
        attention: stride -> (B, T, h, w), attention of the image to the text in the conditional pass, mean over heads
            and layers. Levels at which the denoiser does not attend to the text are absent.
        phrase_attention: stride -> (B, phrases, h, w), mean over the tokens of each phrase; 0 for one that is
            not in the text.
    """

    pyramid: dict[int, Tensor]
    attention: dict[int, Tensor]
    phrase_attention: dict[int, Tensor]


def add_noise(latents: Tensor, noise_schedule: NoiseSchedule, timestep: int, seeds: Sequence[int]) -> Tensor:
    """Forward noise in float32; it depends on the sample's seed alone.

    Args:
        latents: (B, c, h, w), scaled.
        seeds: B seeds.
    """
    noise = noise_of(seeds, latents.shape[1:])
    return noise_schedule.mix(latents.float(), noise.to(latents.device), timestep)


@torch.no_grad()
def extract_features(
    latents: Tensor,
    *,
    denoiser: Denoiser,
    noise_schedule: NoiseSchedule,
    texts: Sequence[str],
    timestep: int,
    noise_seeds: Sequence[int],
    phrases: Sequence[str],
    with_uncond: bool,
) -> Features:
    """See ``DiffusionModel.extract_features``."""
    batch = len(latents)
    if len(texts) != batch or len(noise_seeds) != batch:
        raise UserError(f'{batch} latents need as many texts and noise seeds, not {len(texts)} and {len(noise_seeds)}')
    steps = noise_schedule.num_timesteps
    if not 0 <= timestep < steps:
        raise UserError(f"timestep {timestep} is outside the generator's noise schedule, 0 to {steps - 1}")

    smallest = 2 ** max(denoiser.channels)
    if min(latents.shape[-2:]) < smallest:
        raise UserError(
            f'latents of {tuple(latents.shape[-2:])} are too small: {len(denoiser.channels)} levels need {smallest}'
        )

    embedding = denoiser.text.encode(texts)
    noisy = add_noise(latents.to(denoiser.device), noise_schedule, timestep, noise_seeds).to(denoiser.dtype)
    read = embedding
    if with_uncond:
        noisy = torch.cat([noisy, noisy])
        read = embedding.cat(denoiser.text.encode([''] * batch))
    raw = denoiser.extract(noisy, torch.tensor(timestep, device=denoiser.device), read, attention_of=batch)

    stride_of = {level: denoiser.images.stride * 2**level for level in raw.taps}
    pyramid = {
        stride_of[level]: pack(torch.cat(taps, dim=1), passes=1 + with_uncond) for level, taps in raw.taps.items()
    }
    attention = {stride_of[level]: maps for level, maps in raw.attention.items()}
    weights = denoiser.text.phrase_weights(embedding.token_ids, phrases)
    phrase_attention = {
        stride: torch.einsum('bpt,bthw->bphw', weights.to(maps), maps) for stride, maps in attention.items()
    }
    return Features(pyramid, attention, phrase_attention)


def pack(stacked: Tensor, *, passes: int) -> Tensor:
    """(passes * B, C, h, w) -> (B, passes * C, h, w): the channels of a sample's passes follow one another."""
    return torch.cat(stacked.chunk(passes), dim=1)
