"""What options of a sampler save, and how far its images are then from those without them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.generation.handover import load_drawer
from mmdatasetdm.generation.recipe import Recipe
from mmdatasetdm.generation.sources import SamplingSource


@dataclass(frozen=True)
class Drawn:
    """The images of one sampler.

    Attributes:
        wall, processor: seconds an image, decoding included.
        difference: mean difference from the images of the first sampler, in grey levels of 255.
    """

    wall: float
    processor: float
    difference: float


def compare_samplers(recipes: Sequence[Recipe], *, device: str, num: int) -> Iterator[Drawn]:
    """Draw the same ``num`` samples by each recipe, without labels; the first one is what the others differ from."""
    first = None
    for recipe in recipes:
        reader = DiffusionModel.load(
            recipe.generator,
            lora=recipe.lora,
            device=device,
            dtype=getattr(torch, recipe.dtype) if recipe.dtype else None,
        )
        source = SamplingSource(
            generator=reader,
            drawer=load_drawer(recipe, reader),
            prompts=recipe.prompts,
            sampler=recipe.sampler,
            seed=recipe.seed,
        )
        source.batch([num])  # warms up
        wall, processor = time.perf_counter(), time.process_time()
        images = [
            image
            for begin in range(0, num, recipe.batch_size)
            for image in source.batch(range(begin, min(begin + recipe.batch_size, num))).images
        ]
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        pixels = np.stack(images).astype(np.float32)
        first = pixels if first is None else first
        difference = np.abs(pixels - first).mean() if pixels.shape == first.shape else np.nan
        yield Drawn(wall=wall / num, processor=processor / num, difference=float(difference))
