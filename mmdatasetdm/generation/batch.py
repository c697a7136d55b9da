"""What a source hands to the annotators and the writer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from mmdatasetdm.generation.prompts.base import Prompt


@dataclass(frozen=True)
class Batch:
    """Finished samples, ready to be annotated.

    Attributes:
        prompts: one a sample.
        latents: (B, c, h, w) scaled latents on the device, with the values of their fp16 form.
        images: per sample (H, W, 3) uint8 RGB, or the image file of an earlier run with its size and checksum.
        origins: per sample the manifest's account of how it was sampled.
        failures: per sample None, or why there is no usable image.
    """

    ids: Sequence[int]
    prompts: list[Prompt]
    latents: Tensor
    images: list[np.ndarray | tuple[Path, dict]]
    origins: list[dict]
    failures: list[str | None]
