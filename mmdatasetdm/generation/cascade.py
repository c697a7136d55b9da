"""The later stages of a cascade in a recipe: they enlarge the generator's images, and belong to what a sample is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from torch import Tensor

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.diffusion.upscalers import Upscaler, fingerprint_of
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.recipe import MAX_SIDE, Sampler, UpscalerOptions
from mmdatasetdm.generation.seeds import sample_seed


class Cascade:
    """The upscalers of a recipe's sampler, one after the other; none of them leaves images as they are.

    The noise of a stage is a function of (recipe seed, sample id, number of the stage).

    Args:
        generator: the first stage, whose device and dtype the others take.

    Attributes:
        size: height and width of the images that the last stage makes.

    Raises:
        UserError: a stage is absent, reads another text than the generator's, or does not enlarge what it gets.
    """

    def __init__(self, *, generator: DiffusionModel, sampler: Sampler, seed: int):
        self.generator = generator
        self.sampler = sampler
        self.seed = seed
        self.stages: list[tuple[UpscalerOptions, Upscaler]] = []
        size = (sampler.height or generator.image_size, sampler.width or generator.image_size)
        for number, options in enumerate(sampler.upscalers):
            where = f'recipe: sampler.upscalers[{number}]'
            upscaler = Upscaler.load(options.source, device=generator.device, dtype=generator.dtype)
            try:
                upscaler.check(steps=options.steps, noise_level=options.noise_level)
            except UserError as error:
                raise UserError(f'{where}: {error}') from None
            width = generator.encode_text(['']).hidden.shape[-1]
            if upscaler.text_width not in (None, width):
                raise UserError(
                    f'{where}: it reads the text of its own first stage, {upscaler.text_width} numbers a token; the '
                    f'generator gives {width}'
                )
            larger = upscaler.size_of(size)
            if min(larger) <= min(size):
                raise UserError(f'{where}: it enlarges nothing: {_sides(size)} pixels become {_sides(larger)}')
            if max(larger) > MAX_SIDE:
                raise UserError(f'{where}: images of {_sides(larger)} pixels; a side may have {MAX_SIDE}')
            size = larger
            self.stages.append((options, upscaler))
        self.size = size

    def __call__(self, images: Tensor, prompts: Sequence[str], ids: Sequence[int]) -> Tensor:
        """The generator's images (B, 3, H, W), RGB in [-1, 1], with their prompts and sample ids -> larger ones."""
        for number, (options, upscaler) in enumerate(self.stages):
            images = upscaler(
                images,
                prompts,
                seeds=[sample_seed(self.seed, i, f'upscaler {number}') for i in ids],
                steps=options.steps,
                guidance=options.guidance,
                noise_level=options.noise_level,
                negative_prompt=self.sampler.negative_prompt,
                encode_text=self.generator.encode_text,
            )
        return images


def sampler_identity(sampler: Sampler, *, drawer: str | None = None) -> dict[str, Any]:
    """All of a sampler that its samples depend on: of further models the content, wherever they lie.

    Args:
        drawer: fingerprint of the model that draws, where it is not the one that the decoders read.
    """
    found = asdict(sampler)
    upscalers, options = found.pop('upscalers'), found.pop('options')
    # what is as it always was is not named: data sets of earlier versions go on
    if found['dtype'] is None:
        del found['dtype']
    if (interval := found.pop('guidance_interval')) != (0.0, 1.0):
        found['guidance_interval'] = list(interval)
    del found['generator'], found['lora']
    if upscalers:
        found['upscalers'] = [dict(stage, source=fingerprint_of(stage['source'])) for stage in upscalers]
    if options:
        found['options'] = dict(options)
    if drawer:
        found['generator'] = drawer
    return found


def _sides(size: tuple[int, int]) -> str:
    return f'{size[0]} x {size[1]}'
