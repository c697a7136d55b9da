"""One noised pass over finished latents -> features (docs/method.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from diffusers import DDPMScheduler
from torch import Tensor

from mmdatasetdm.diffusion.families import Denoiser
from mmdatasetdm.diffusion.text_encoder import TextEncoder
from mmdatasetdm.errors import UserError


@dataclass(frozen=True)
class Features:
    """Features of B samples, by stride with respect to the image, finest first; sizes H / stride are rounded up.

    Attributes:
        pyramid: stride -> (B, C, H / stride, W / stride); with the unconditional pass its channels come second.
        attention: stride -> (B, T, h, w), cross-attention of the conditional pass, mean over heads and layers. Levels
            at which the denoiser has no cross-attention are absent.
        phrase_attention: stride -> (B, phrases, h, w), mean over the tokens of each phrase; 0 for one that is
            not in the text.
    """

    pyramid: dict[int, Tensor]
    attention: dict[int, Tensor]
    phrase_attention: dict[int, Tensor]


def add_noise(latents: Tensor, noise_schedule: DDPMScheduler, timestep: int, seeds: Sequence[int]) -> Tensor:
    """Forward noise, sqrt(a_t) x + sqrt(1 - a_t) e, in float32; e depends on the sample's seed alone.

    Args:
        latents: (B, c, h, w), scaled.
        seeds: B seeds.
    """
    shape = latents.shape[1:]
    noise = torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])
    timesteps = torch.full((len(latents),), timestep, device=latents.device)
    return noise_schedule.add_noise(latents.float(), noise.to(latents.device), timesteps)


@torch.no_grad()
def extract_features(
    latents: Tensor,
    *,
    denoiser: Denoiser,
    text_encoder: TextEncoder,
    noise_schedule: DDPMScheduler,
    latent_stride: int,
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
    steps = noise_schedule.config.num_train_timesteps
    if not 0 <= timestep < steps:
        raise UserError(f"timestep {timestep} is outside the generator's noise schedule, 0 to {steps - 1}")

    smallest = 2 ** max(denoiser.channels)
    if min(latents.shape[-2:]) < smallest:
        raise UserError(
            f'latents of {tuple(latents.shape[-2:])} are too small: {len(denoiser.channels)} levels need {smallest}'
        )

    embedding = text_encoder.encode(texts)
    noisy = add_noise(latents.to(denoiser.device), noise_schedule, timestep, noise_seeds).to(denoiser.dtype)
    hidden = embedding.hidden
    if with_uncond:
        noisy = torch.cat([noisy, noisy])
        hidden = torch.cat([hidden, text_encoder.encode([''] * batch).hidden])
    raw = denoiser.look(noisy, torch.tensor(timestep, device=denoiser.device), hidden, attention_of=batch)

    stride_of = {level: latent_stride * 2**level for level in raw.taps}
    pyramid = {
        stride_of[level]: pack(torch.cat(taps, dim=1), passes=1 + with_uncond) for level, taps in raw.taps.items()
    }
    attention = {stride_of[level]: maps for level, maps in raw.attention.items()}
    weights = text_encoder.phrase_weights(embedding.token_ids, phrases)
    phrase_attention = {
        stride: torch.einsum('bpt,bthw->bphw', weights.to(maps), maps) for stride, maps in attention.items()
    }
    return Features(pyramid, attention, phrase_attention)


def pack(stacked: Tensor, *, passes: int) -> Tensor:
    """(passes * B, C, h, w) -> (B, passes * C, h, w): the channels of a sample's passes follow one another."""
    return torch.cat(stacked.chunk(passes), dim=1)
