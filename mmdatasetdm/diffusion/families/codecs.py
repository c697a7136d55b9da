"""The image codecs of the families."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from diffusers import AutoencoderDC, AutoencoderKL
from torch import Tensor, nn

from mmdatasetdm.diffusion.vae_features import decoder_features
from mmdatasetdm.errors import UserError


class KLCodec:
    """``AutoencoderKL``: the mode of its posterior, shifted and scaled to unit variance."""

    def __init__(self, vae: AutoencoderKL) -> None:
        self.vae = vae
        self.channels = vae.config.latent_channels
        self.stride = 2 ** (len(vae.config.block_out_channels) - 1)
        self._scale, self._shift = vae.config.scaling_factor, vae.config.shift_factor or 0

    def encode(self, images: Tensor) -> Tensor:
        mean = self.vae.encode(images.to(self.vae.device, self.vae.dtype)).latent_dist.mode().float()
        return (mean - self._shift) * self._scale

    def decode(self, latents: Tensor) -> Tensor:
        return self.vae.decode(self._unscaled(latents), return_dict=False)[0].float()

    def same_as(self, other: object) -> bool:
        return (
            isinstance(other, KLCodec)
            and (self._scale, self._shift) == (other._scale, other._shift)
            and _equal(self.vae, other.vae)
        )

    def decoder_features(self, latents: Tensor, strides: Sequence[int]) -> dict[int, Tensor]:
        return decoder_features(self.vae, self._unscaled(latents), strides=strides)

    def _unscaled(self, latents: Tensor) -> Tensor:
        return (latents / self._scale + self._shift).to(self.vae.device, self.vae.dtype)


class DeepCompressionCodec:
    """``AutoencoderDC``: 32 times smaller, deterministic, scaled alone."""

    def __init__(self, vae: AutoencoderDC) -> None:
        self.vae = vae
        self.channels = vae.config.latent_channels
        self.stride = vae.spatial_compression_ratio
        self._scale = vae.config.scaling_factor

    def encode(self, images: Tensor) -> Tensor:
        return self.vae.encode(images.to(self.vae.device, self.vae.dtype), return_dict=False)[0].float() * self._scale

    def decode(self, latents: Tensor) -> Tensor:
        latents = (latents / self._scale).to(self.vae.device, self.vae.dtype)
        return self.vae.decode(latents, return_dict=False)[0].float()

    def same_as(self, other: object) -> bool:
        return isinstance(other, DeepCompressionCodec) and self._scale == other._scale and _equal(self.vae, other.vae)

    def decoder_features(self, latents: Tensor, strides: Sequence[int]) -> dict[int, Tensor]:
        raise UserError('vae_strides: the features of a deep-compression autoencoder cannot be read')


class PixelCodec:
    """None: the denoiser works on pixels."""

    channels = 3
    stride = 1

    def encode(self, images: Tensor) -> Tensor:
        return images.float()

    def decode(self, latents: Tensor) -> Tensor:
        return latents.float()

    def same_as(self, other: object) -> bool:
        return isinstance(other, PixelCodec)

    def decoder_features(self, latents: Tensor, strides: Sequence[int]) -> dict[int, Tensor]:
        raise UserError('vae_strides: this generator works on pixels and has no autoencoder')


def _equal(one: nn.Module, other: nn.Module) -> bool:
    """Whether two autoencoders have the same weights, in whatever precision they were loaded."""
    if one is other:
        return True
    first, second = one.state_dict(), other.state_dict()
    return first.keys() == second.keys() and all(
        value.shape == second[name].shape and torch.equal(value.half(), second[name].to(value.device).half())
        for name, value in first.items()
    )
