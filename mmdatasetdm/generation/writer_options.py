"""What a recipe says about its files: ``writer=dict(type='voc' | 'cityscapes', …)``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompts import build


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Pascal VOC's layout. ``image_format`` 'png' is lossless, 'jpg' is written at ``quality``; ``keep_latents`` keeps
    the finished latents (fp16, one npz a shard), from which another decoder can annotate without sampling again.
    ``depth_scale`` is the value of a metre in a depth map: 1000 as in NYU, 256 as in KITTI."""

    type: str = 'voc'
    image_format: str = 'png'
    quality: int = 95
    keep_latents: bool = False
    depth_scale: int = 1000

    def __post_init__(self):
        if self.image_format not in ('png', 'jpg'):
            raise UserError(f"recipe: writer.image_format is {self.image_format!r}; known are 'png' and 'jpg'")
        check_depth_scale(self.depth_scale)


@dataclass(frozen=True, kw_only=True)
class CityscapesOptions:
    """Cityscapes's layout, whose images are PNG.

    Args:
        city: the folder of all images, and the first part of their names; letters, digits and '-'.
        names: decoder's class -> Cityscapes's class, for classes of other names, as ``dict(man='person')``; a class of
            its void category ('unlabeled', 'static', …) leaves the pixels out. ``background`` is 'unlabeled' by itself.
        keep_latents, depth_scale: as of ``Writer``.
    """

    type: str = 'cityscapes'
    image_format: str = 'png'
    city: str = 'synthetic'
    names: Mapping[str, str] = field(default_factory=dict)
    keep_latents: bool = False
    depth_scale: int = 1000

    def __post_init__(self):
        if self.image_format != 'png':
            raise UserError(
                f"recipe: writer.image_format is {self.image_format!r}; the images of Cityscapes's layout are 'png'"
            )
        if not isinstance(self.city, str) or not re.fullmatch(r'[A-Za-z0-9-]+', self.city):
            raise UserError(f"recipe: writer.city is {self.city!r}; it must be of letters, digits and '-'")
        if not isinstance(self.names, Mapping):
            raise UserError(f'recipe: writer.names is {self.names!r}; it must be a dict(…) from class to class')
        check_depth_scale(self.depth_scale)


WRITER_OPTIONS = dict(voc=Writer, cityscapes=CityscapesOptions)
WriterOptions = Writer | CityscapesOptions


def check_depth_scale(value: int) -> None:
    if not isinstance(value, int) or value < 1:
        raise UserError(f'recipe: writer.depth_scale is {value!r}; it must be a whole number above 0')


def build_writer_options(config: Mapping) -> WriterOptions:
    """A recipe's ``writer``; VOC's layout where it names no ``type``."""
    kind = config.get('type', 'voc')
    if kind not in WRITER_OPTIONS:
        raise UserError(f'recipe: writer.type is {kind!r}; known are {", ".join(map(repr, WRITER_OPTIONS))}')
    return build(WRITER_OPTIONS[kind], config, where='writer')
