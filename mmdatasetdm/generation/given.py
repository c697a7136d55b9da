"""Images from anywhere, labelled and written as a data set (``--label-folder``)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.batch import Batch, SampleOrigin
from mmdatasetdm.generation.handover import reading_size, resized
from mmdatasetdm.generation.prompts.base import Prompt, PromptSource
from mmdatasetdm.generation.prompts.text import find_classes
from mmdatasetdm.generation.sources import rounded, to_signed
from mmdatasetdm.utils.checksum import digest
from mmdatasetdm.utils.io import below

SUFFIXES = ('.png', '.jpg', '.jpeg', '.webp', '.bmp')
NOT_SAMPLED: Mapping[str, Any] = dict(scheduler='', steps=0, guidance=0.0)


@dataclass(frozen=True, kw_only=True)
class ImageFolder:
    """Images that are to be labelled, and what is known of them.

    Args:
        root: their folder; folders in it count too.
        prompts: a file of JSON lines, ``{"file_name": "a.jpg", "text": "a dog on a sofa", "classes": ["dog"]}``, as
            Hugging Face's ``metadata.jsonl``; without ``classes`` they are looked for in the text. Only these images
            are labelled. None: all images are.
        classes: what every image may show, where no file says it; nothing: any class of the decoders.
        at_most: so many of them, from all parts of the list; None: all.
    """

    root: Path
    prompts: Path | None = None
    classes: tuple[str, ...] = ()
    at_most: int | None = None

    def list_images(self, prompts: PromptSource) -> GivenImages:
        """The images, in the order of their names, or of the file.

        Args:
            prompts: of the recipe, whose classes are looked for.
        Raises:
            UserError: there is none, or the file of prompts is damaged or names another.
        """
        if not self.root.is_dir():
            raise UserError(f'--label-folder {self.root}: there is no such folder')
        if self.prompts is None:
            files = sorted(
                str(path.relative_to(self.root)) for path in self.root.rglob('*') if path.suffix.lower() in SUFFIXES
            )
            found = [Prompt('', self.classes)] * len(files)
        else:
            files, found = [], []
            for name, prompt in self._lines(prompts):
                files.append(name)
                found.append(prompt)
        if not files:
            raise UserError(f'--label-folder {self.root} has no image ({", ".join(SUFFIXES)})')
        count = min(len(files), self.at_most or len(files))
        rows = [number * len(files) // count for number in range(count)]
        return GivenImages(
            root=self.root, files=tuple(files[row] for row in rows), prompts=tuple(found[row] for row in rows)
        )

    def _lines(self, prompts: PromptSource):
        assert self.prompts is not None
        try:
            lines = self.prompts.read_text(encoding='utf-8').splitlines()
        except OSError as error:
            raise UserError(f'--image-prompts {self.prompts}: {error.strerror}') from None
        for number, line in enumerate(lines, 1):
            where = f'--image-prompts {self.prompts}, line {number}'
            try:
                value = json.loads(line)
                name, text = value['file_name'], value.get('text', '')
                classes = value.get('classes')
                if not isinstance(name, str) or not isinstance(text, str):
                    raise TypeError
                named = find_classes(text, prompts.classes, prompts.phrases) if classes is None else tuple(classes)
            except (ValueError, KeyError, TypeError, AttributeError):
                raise UserError(f'{where}: it must be {{"file_name": …, "text": …, "classes": […]}}') from None
            if not below(self.root, name).is_file():
                raise UserError(f'{where}: there is no image {name} in {self.root}')
            yield name, Prompt(text, named)


@dataclass(frozen=True, kw_only=True)
class GivenImages:
    """``files`` in the folder ``root``, and the prompt of each."""

    root: Path
    files: tuple[str, ...]
    prompts: tuple[Prompt, ...]

    @property
    def classes(self) -> list[str]:
        """All that are named."""
        return list(dict.fromkeys(name for prompt in self.prompts for name in prompt.classes))

    @cached_property
    def identity(self) -> str:
        """Digest of names, sizes in bytes and prompts: of another list the labels are others."""
        return digest(
            [
                (name, (self.root / name).stat().st_size, prompt.text, prompt.classes)
                for name, prompt in zip(self.files, self.prompts, strict=True)
            ]
        )


class GivenSource:
    """A source of samples that are given images; they keep their sizes, and so do their labels.

    A file that is no image is a failed sample.
    """

    def __init__(self, *, images: GivenImages, generator: DiffusionModel):
        self.images = images
        self.generator = generator

    def batch(self, ids: Sequence[int]) -> Batch:
        """One sample: images have different sizes."""
        (number,) = ids
        name = self.images.files[number]
        failure = None
        try:
            pixels = read_upright(below(self.images.root, name))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            failure = f'{name} is no image, or damaged: {str(error)[:100]}'
            side = self.generator.image_size
            pixels = np.zeros((side, side, 3), np.uint8)
        size = (pixels.shape[0], pixels.shape[1])
        read_size = reading_size(size, self.generator)
        signed = resized(to_signed(pixels[None]).to(self.generator.device), read_size)
        latents, failures = rounded(self.generator.encode_images(signed))
        how = dict(NOT_SAMPLED, image=name, read_size=list(read_size))
        return Batch(
            ids=ids,
            prompts=[self.images.prompts[number]],
            latents=latents,
            size=size,
            images=[pixels],
            origins=[SampleOrigin(sampler=how, source=name)],
            failures=[failure or failures[0]],
        )


def read_upright(path: Path) -> np.ndarray:
    """An image (H, W, 3) uint8 RGB, turned as its camera's data say."""
    with Image.open(path) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert('RGB'))
