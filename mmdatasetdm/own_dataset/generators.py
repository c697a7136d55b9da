"""Settings of decoder and recipe that follow from the generator: sizes, steps, guidance."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

from mmdatasetdm.diffusion.families import (
    DeepFloydIF,
    Denoiser,
    Flux,
    PixArt,
    Sana,
    StableDiffusion,
    StableDiffusion3,
    StableDiffusionXL,
)
from mmdatasetdm.diffusion.folder import INDEX, outline, resolve
from mmdatasetdm.registry import BUILT_IN_GENERATORS

_PYRAMID = (8, 16, 32, 64)
# what a hub id that is not on this machine most likely is: pattern, family, side of its images, strides of its features
_BY_NAME: tuple[tuple[str, type[Denoiser], int, tuple[int, ...]], ...] = (
    (r'pixart.*512', PixArt, 512, (16, 32, 64)),
    (r'pixart', PixArt, 1024, (16, 32, 64)),
    (r'sana.*512', Sana, 512, (32, 64, 128)),
    (r'sana', Sana, 1024, (32, 64, 128)),
    (r'flux', Flux, 1024, (16, 32, 64)),
    (r'stable-diffusion-3|sd-?3', StableDiffusion3, 1024, (16, 32, 64)),
    (r'deepfloyd|\bif-i\b', DeepFloydIF, 64, (1, 2, 4, 8)),
    (r'sdxl-turbo', StableDiffusionXL, 512, _PYRAMID[:3]),
    (r'xl', StableDiffusionXL, 1024, _PYRAMID[:3]),
    (r'stable-diffusion-2(-1)?$', StableDiffusion, 768, _PYRAMID),
    (r'', StableDiffusion, 512, _PYRAMID),
)
_DISTILLED = re.compile(r'turbo|lightning|schnell|hyper|lcm', re.IGNORECASE)
_STEPS = 25  # of DPM-Solver++, which needs fewer than the pipelines' own schedulers
_NEGATIVE = 'drawing, text, watermark, frame'
_PART = 3.2  # an embedding for each so many pixels: DatasetDM has 160 for 512


@dataclass(frozen=True, kw_only=True)
class GeneratorSettings:
    """What decoders and recipes take from a generator.

    Attributes:
        title: of its family.
        side: pixels of the images that it was made for.
        strides: of its features, finest first.
        sampler: the recipe's options.
        seen: they were read from its folder, not guessed by its name.
    """

    title: str
    side: int
    strides: Sequence[int]
    sampler: dict[str, Any]
    seen: bool

    @property
    def upsample(self) -> tuple[float, ...]:
        """Factors from the finest features to a third of the image (``PixelDecoder``): (2.5,) for Stable Diffusion."""
        rest, factors = self.strides[0] / _PART, []
        while rest >= 4:
            factors.append(2.0)
            rest /= 2
        return tuple([*factors, rest] if rest > 1 else factors)

    @property
    def map_side(self) -> int:
        """Side of the maps of an image, with :attr:`upsample`."""
        side = self.side // self.strides[0]
        for factor in self.upsample:
            side = math.floor(side * factor)
        return side


def local_folder(generator: str) -> Path | None:
    """The folder of a generator that is on this machine; None: a hub id that was never downloaded.

    Raises:
        UserError: a folder that is none of a generator.
    """
    if generator in BUILT_IN_GENERATORS or Path(generator).expanduser().is_dir():
        return resolve(generator)
    if generator.startswith(('.', '/', '~')) or generator.count('/') != 1:
        return resolve(generator)  # says what is wrong
    try:
        wanted = [INDEX, '*/config.json', 'scheduler/*', 'tokenizer*/*']
        folder = Path(snapshot_download(generator, allow_patterns=wanted, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError, ValueError):
        return None
    return folder if (folder / INDEX).is_file() and any(folder.glob('*/config.json')) else None


def settings_of(generator: str) -> GeneratorSettings:
    """Settings for a generator, read from its configs where it is on this machine, else guessed by its name.

    Raises:
        UserError: a folder that is none of a generator, or damaged.
    """
    folder = local_folder(generator)
    if folder is None:
        _, family, side, strides = next(row for row in _BY_NAME if re.search(row[0], generator, re.IGNORECASE))
        guided = family is Flux and not _DISTILLED.search(generator)
        scheduler = 'LCMScheduler' if re.search('lcm', generator, re.IGNORECASE) else ''
    else:
        found = outline(folder)
        family, side, strides = found.family, found.image_size, found.strides
        guided, scheduler = found.guidance_input, found.scheduler
    return GeneratorSettings(
        title=family.__name__,
        side=side,
        strides=strides,
        sampler=_sampler(family, generator, guided=guided, scheduler=scheduler),
        seen=folder is not None,
    )


def _sampler(family: type[Denoiser], generator: str, *, guided: bool, scheduler: str) -> dict[str, Any]:
    """Few steps without guidance of distilled generators; else the family's guidance, by its pipeline's default."""
    flow = 'epsilon' not in family.predictions
    if scheduler == 'LCMScheduler':
        return dict(steps=4, guidance=8.0 if guided else 1.0)
    if _DISTILLED.search(generator):
        # a flow's own scheduler is taken where none is named
        return dict(steps=4, guidance=0.0) if flow else dict(scheduler='EulerDiscreteScheduler', steps=4, guidance=0.0)
    defaults = inspect.signature(family.pipeline.__call__).parameters if family.pipeline else {}
    guidance = float(defaults['guidance_scale'].default) if 'guidance_scale' in defaults else 7.5
    if flow:
        steps = int(defaults['num_inference_steps'].default) if 'num_inference_steps' in defaults else 28
        return dict(steps=steps, guidance=guidance) | ({} if guided else dict(negative_prompt=_NEGATIVE))
    return dict(scheduler='DPMSolverMultistepScheduler', steps=_STEPS, guidance=guidance, negative_prompt=_NEGATIVE)
