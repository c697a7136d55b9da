"""Pascal VOC's layout."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from PIL import Image
from pydantic import Field

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.base import IGNORE
from mmdatasetdm.generation.options import checked
from mmdatasetdm.generation.storage.plan import sample_name
from mmdatasetdm.generation.writers.base import FolderWriter, WriterOptions, encode_png
from mmdatasetdm.registry import WRITERS

IGNORE_COLOUR = (224, 224, 192)  # VOC's own for 'void'


@checked
class ImageOptions(WriterOptions):
    """Of a layout whose images may be PNG or JPEG.

    Args:
        image_format: 'png' is lossless; 'jpg' is written at ``quality``, and is what torchvision's VOC classes and
            mmseg's own PascalVOCDataset look for.
    """

    image_format: Literal['png', 'jpg'] = 'png'
    quality: Annotated[int, Field(ge=1, le=100)] = 95


@checked
class VocOptions(ImageOptions):
    """Pascal VOC's layout."""

    type: Literal['voc'] = 'voc'


@WRITERS.register_module('voc')
class VocWriter(FolderWriter):
    """``JPEGImages/<id>.png|jpg``, ``SegmentationClass/<id>.png`` (palette PNG, class indices, 255 = ignore),
    ``Depth/<id>.png`` (16 bit, ``options.depth_scale`` a metre), ``latents/<shard>.npz``; ``labelmap.txt`` for readers
    that tell classes by their colours, such as datumaro and CVAT.
    """

    Options: ClassVar[type[ImageOptions]] = VocOptions
    options: ImageOptions
    folders: Mapping[str, str] = dict(image='JPEGImages', semantic='SegmentationClass', depth='Depth')
    seg_map_suffix = depth_suffix = '.png'

    def __init__(
        self,
        *,
        options: ImageOptions,
        classes: Sequence[str] = (),
        palette: Sequence[Sequence[int]] = (),
        categories: Mapping[int, str] | None = None,
        suffix: str | None = None,
    ):
        suffix = suffix or f'.{options.image_format}'
        super().__init__(options=options, classes=classes, palette=palette, categories=categories, suffix=suffix)
        colours = np.zeros((256, 3), np.uint8)
        colours[: len(palette)] = np.asarray(palette, np.uint8).reshape(-1, 3)
        colours[IGNORE] = IGNORE_COLOUR
        self.colours = colours.flatten().tolist()

    def stem(self, sample_id: int) -> str:
        return sample_name(sample_id)

    def files(self) -> dict[str, str]:
        if not self.classes:
            return {}
        colours = zip(colour_names((*self.classes, 'ignored')), (*self.palette, IGNORE_COLOUR), strict=True)
        lines = [f'{name}:{",".join(map(str, colour))}::' for name, colour in colours]
        return {'labelmap.txt': '\n'.join(['# label:color_rgb:parts:actions', *lines, ''])}

    def encode_image(self, image: np.ndarray) -> bytes:
        if self.options.image_format == 'png':
            return super().encode_image(image)
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, 'JPEG', quality=self.options.quality, subsampling=0)
        return buffer.getvalue()

    def encode_labels(self, sample_id: int, labels: Mapping) -> Iterator[tuple[str, str, bytes]]:
        if 'semantic' in labels:
            path = f'{self.folders["semantic"]}/{self.stem(sample_id)}{self.seg_map_suffix}'
            yield 'semantic', path, self.encode_mask(labels['semantic'])
        yield from self.encode_depth(sample_id, labels)

    def encode_mask(self, labels: np.ndarray) -> bytes:
        """(H, W) uint8 -> palette PNG."""
        return encode_png(labels, palette=self.colours)


def colour_names(classes: Sequence[str]) -> list[str]:
    """The classes' names as a labelmap.txt can say them: ':' ends a name there, and '#' in front makes a comment.

    Raises:
        UserError: two classes would have one name.
    """
    names = [('_' + name[1:] if name.startswith('#') else name).replace(':', '_') for name in classes]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise UserError(
                f"the decoder's classes {classes[names.index(name)]!r} and {classes[index]!r} are one in labelmap.txt, "
                "where ':' is '_'; name them otherwise"
            )
    return names
