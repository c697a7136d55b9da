"""From the model that draws an image to the one whose features the decoders read, where these are two.

Where both have the same autoencoder the finished latent is handed over. Otherwise the image is, in 8 bits as it is
stored, in a size that the reading model was made for.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.generation.recipe import Recipe, Sampler

# of a recipe's sampler, what is no argument of DiffusionModel.sample
NOT_SAMPLING = ('upscalers', 'generator', 'lora', 'dtype')


def load_drawer(recipe: Recipe, reader: DiffusionModel) -> DiffusionModel:
    """The model that draws the recipe's images: ``sampler.generator``, or the one that the decoders read; in the
    precision ``sampler.dtype``.

    Args:
        reader: the generator of the decoders, whose device the other takes.
    """
    sampler = recipe.sampler
    if sampler.generator is None and sampler.lora is None and sampler.dtype is None:
        return reader
    name = sampler.dtype or recipe.dtype
    dtype = getattr(torch, name) if name else None
    lora = sampler.lora if sampler.generator or sampler.lora else recipe.lora
    return DiffusionModel.load(sampler.generator or recipe.generator, lora=lora, device=reader.device, dtype=dtype)


class Handover:
    """Latents of ``drawer`` to latents of ``reader``.

    Args:
        size: height and width of the images that are drawn.

    Attributes:
        read_size: the size in which images are encoded; None: latents are handed over as they are.
    """

    def __init__(self, *, drawer: DiffusionModel, reader: DiffusionModel, size: tuple[int, int]):
        self.reader = reader
        fits = all(side % reader.size_multiple == 0 for side in size)
        as_latents = drawer is reader or (fits and drawer.shares_autoencoder(reader))
        self.read_size = None if as_latents else reading_size(size, reader)

    def __call__(self, latents: Tensor, images: Tensor) -> Tensor:
        """Latents of the drawer (B, c, h, w) and its images (B, 3, H, W), RGB in [-1, 1] -> latents of the reader."""
        if self.read_size is None:
            return latents
        return self.reader.encode_images(resized(in_8_bits(images), self.read_size))


def reading_size(size: tuple[int, int], reader: DiffusionModel) -> tuple[int, int]:
    """The height and width in which ``reader`` reads an image of ``size``: the shorter side is that of the images that
    it was made for, both are multiples of the coarsest stride.
    """
    scale, multiple = reader.image_size / min(size), max(reader.strides)
    height, width = (max(1, round(side * scale / multiple)) * multiple for side in size)
    return height, width


def resized(images: Tensor, size: tuple[int, int] | list[int]) -> Tensor:
    """Images (B, 3, H, W) in [-1, 1] in another size."""
    if tuple(images.shape[2:]) == tuple(size):
        return images
    return F.interpolate(images, size=list(size), mode='bilinear', antialias=True).clamp(-1, 1)


def in_8_bits(images: Tensor) -> Tensor:
    """Images in [-1, 1] with the values that a file of 8 bits keeps."""
    levels = (torch.nan_to_num(images).float() * 127.5 + 127.5).round().clamp(0, 255)
    return levels / 127.5 - 1


def sampling_options(sampler: Sampler) -> dict[str, Any]:
    """The keyword arguments of ``DiffusionModel.sample``."""
    return {key: value for key, value in asdict(sampler).items() if key not in NOT_SAMPLING}
