"""What a source hands to the annotators and the writer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.generation.records import FileFacts


@dataclass(frozen=True, kw_only=True)
class SampleOrigin:
    """How an image came to be.

    Attributes:
        seed, sampler, generator: how it was sampled; None, nothing and '' where it was given.
        source: the file of an image that was given; None: it was sampled, or given as an array.
    """

    seed: int | None = None
    sampler: dict[str, Any] = field(default_factory=dict)
    generator: str = ''
    source: str | None = None


@dataclass(frozen=True)
class Batch:
    """Finished samples, ready to be annotated.

    Attributes:
        prompts: one a sample.
        latents: (B, c, h, w) scaled latents on the device, with the values of their fp16 form.
        size: height and width of the images, and of their labels.
        images: per sample (H, W, 3) uint8 RGB, or the image file of an earlier run with its size and checksum;
            None: it failed there.
        origins: per sample.
        failures: per sample None, or why there is no usable image.
    """

    ids: Sequence[int]
    prompts: list[Prompt]
    latents: Tensor
    size: tuple[int, int]
    images: Sequence[np.ndarray | tuple[Path, FileFacts] | None]
    origins: list[SampleOrigin]
    failures: list[str | None]
