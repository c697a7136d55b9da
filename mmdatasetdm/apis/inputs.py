"""Images that a person gives: read, made ready for the autoencoder, and put into batches of one size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.batch import Batch, SampleOrigin
from mmdatasetdm.generation.handover import reading_size, resized
from mmdatasetdm.generation.prompts.text import Prompt
from mmdatasetdm.generation.sources import rounded, to_signed
from mmdatasetdm.utils.io import read_image

SUFFIXES = ('.png', '.jpg', '.jpeg', '.webp', '.bmp')

ImageInput = str | Path | np.ndarray


@dataclass(frozen=True)
class GivenImage:
    """pixels: (H, W, 3) uint8, RGB; source: its file, None for an array."""

    pixels: np.ndarray
    source: str | None


def list_images(inputs: Sequence[ImageInput]) -> list[Path | np.ndarray]:
    """Files and arrays; of a folder its images, by name.

    Raises:
        UserError: a file is not there, a folder has no image, or an array is not (H, W, 3) uint8.
    """
    found: list[Path | np.ndarray] = []
    for given in inputs:
        if isinstance(given, np.ndarray):
            if given.ndim != 3 or given.shape[2] != 3 or given.dtype != np.uint8 or not given.size:
                raise UserError(f'an image must be (H, W, 3) uint8, RGB, not {given.shape} {given.dtype}')
            found.append(given)
            continue
        path = Path(given)
        if path.is_dir():
            files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
            if not files:
                raise UserError(f'the folder {path} has no image ({", ".join(SUFFIXES)})')
            found += files
        elif path.is_file():
            found.append(path)
        else:
            raise UserError(f'there is no image {path}')
    return found


def in_batches(inputs: Sequence[Path | np.ndarray], *, size: int) -> Iterator[list[GivenImage]]:
    """Up to ``size`` images of the same height and width at a time, in their order."""
    batch: list[GivenImage] = []
    for given in inputs:
        image = GivenImage(given, None) if isinstance(given, np.ndarray) else GivenImage(_read(given), str(given))
        if batch and (len(batch) == size or image.pixels.shape != batch[0].pixels.shape):
            yield batch
            batch = []
        batch.append(image)
    if batch:
        yield batch


def _read(path: Path) -> np.ndarray:
    try:
        return read_image(path)
    except OSError as error:
        raise UserError(f'{path} cannot be read: {error.strerror}') from None


def encode(images: Sequence[GivenImage], *, generator: DiffusionModel, classes: Sequence[str], first: int) -> Batch:
    """Images of one size as a batch for the annotators: their latents, as a data set's are (in the values of fp16).

    Features are read at the size that the generator was made for: the shorter side has ``generator.image_size`` pixels,
    and both sides are rounded to multiples of the coarsest stride.

    Args:
        classes: what the images are known to show.
        first: id of the first image.
    """
    pixels = to_signed(np.stack([image.pixels for image in images])).to(generator.device)
    height, width = pixels.shape[2:]
    pixels = resized(pixels, reading_size((height, width), generator))
    latents, failures = rounded(generator.encode_images(pixels))
    return Batch(
        ids=range(first, first + len(images)),
        prompts=[Prompt(text='', classes=tuple(classes))] * len(images),
        latents=latents,
        size=(images[0].pixels.shape[0], images[0].pixels.shape[1]),
        images=[image.pixels for image in images],
        origins=[SampleOrigin(source=image.source) for image in images],
        failures=failures,
    )
