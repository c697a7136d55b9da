"""What a recipe says about its files: ``writer=dict(type='voc' | 'coco' | 'cityscapes', …)``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from mmdatasetdm.generation.options import Count, Text, build, checked, choose


def _folder_name(text: str) -> str:
    if not re.fullmatch(r'[A-Za-z0-9-]+', text):
        raise ValueError("it must be of letters, digits and '-'")
    return text


@checked
class Writer:
    """Pascal VOC's layout.

    Args:
        image_format: 'png' is lossless; 'jpg' is written at ``quality``, and is what torchvision's VOC classes and
            mmseg's own PascalVOCDataset look for.
        keep_latents: keep the finished latents (fp16, one npz a shard), from which another decoder can annotate without
            sampling again.
        depth_scale: the value of a metre in a depth map: 1000 as in NYU, 256 as in KITTI.
    """

    type: Literal['voc'] = 'voc'
    image_format: Literal['png', 'jpg'] = 'png'
    quality: Annotated[int, Field(ge=1, le=100)] = 95
    keep_latents: bool = False
    depth_scale: Count = 1000


@checked
class CityscapesOptions:
    """Cityscapes's layout, whose images are PNG.

    Args:
        city: the folder of all images, and the first part of their names; letters, digits and '-'.
        names: decoder's class -> Cityscapes's class, for classes of other names, as ``dict(man='person')``; a class of
            its void category ('unlabeled', 'static', …) leaves the pixels out. ``background`` is 'unlabeled' by itself.
        keep_latents, depth_scale: as of ``Writer``.
    """

    type: Literal['cityscapes'] = 'cityscapes'
    image_format: Literal['png'] = 'png'
    city: Annotated[str, AfterValidator(_folder_name)] = 'synthetic'
    names: Mapping[Text, Text] = field(default_factory=dict)
    keep_latents: bool = False
    depth_scale: Count = 1000


@checked
class CocoOptions:
    """COCO 2017's layout: ``train2017/000000000001.jpg``, ``annotations/instances_train2017.json``.

    Args:
        image_format: as COCO's own 'jpg', at ``quality``, or 'png' without loss.
        image_folder: 'train2017', where COCO's archives, mmdet's and mmpose's configs have it, or 'images/train2017',
            where datumaro looks for it.
        keep_latents, depth_scale: as of ``Writer``.
    """

    type: Literal['coco'] = 'coco'
    image_format: Literal['png', 'jpg'] = 'jpg'
    quality: Annotated[int, Field(ge=1, le=100)] = 95
    image_folder: Literal['train2017', 'images/train2017'] = 'train2017'
    keep_latents: bool = False
    depth_scale: Count = 1000


WRITER_OPTIONS = dict(voc=Writer, coco=CocoOptions, cityscapes=CityscapesOptions)
WriterOptions = Writer | CocoOptions | CityscapesOptions


def build_writer_options(config: Mapping) -> WriterOptions:
    """A recipe's ``writer``; VOC's layout where it names no ``type``."""
    kind = choose(WRITER_OPTIONS, config.get('type', 'voc'), where='writer')
    return build(kind, config, where='writer')
