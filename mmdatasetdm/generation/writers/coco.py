"""COCO 2017's layout, whose files have the names of COCO's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from mmdatasetdm.generation.options import checked
from mmdatasetdm.generation.writers.voc import ImageOptions, VocWriter
from mmdatasetdm.registry import WRITERS


@checked
class CocoOptions(ImageOptions):
    """COCO 2017's layout: ``train2017/000000000001.jpg``, ``annotations/instances_train2017.json``.

    Args:
        image_format: as COCO's own 'jpg', at ``quality``, or 'png' without loss.
        image_folder: 'train2017', where COCO's archives, mmdet's and mmpose's configs have it, or 'images/train2017',
            where datumaro looks for it.
    """

    type: Literal['coco'] = 'coco'
    image_format: Literal['png', 'jpg'] = 'jpg'
    image_folder: Literal['train2017', 'images/train2017'] = 'train2017'


@WRITERS.register_module('coco')
class CocoWriter(VocWriter):
    """The files, named by the image's id:

    - ``train2017/000000000001.jpg``
    - ``annotations/instances_train2017.json`` and ``person_keypoints_train2017.json``: the selected samples; all are in
      ``instances-all.json`` and ``person-keypoints-all.json``
    - ``stuffthingmaps/train2017/000000000001.png`` (class indices, 255 = ignore)
    - ``depth/train2017/000000000001.png``
    """

    Options = CocoOptions

    def __init__(
        self,
        *,
        options: CocoOptions,
        classes: Sequence[str] = (),
        palette: Sequence[Sequence[int]] = (),
        categories: Mapping[int, str] | None = None,
        suffix: str | None = None,
    ):
        super().__init__(options=options, classes=classes, palette=palette, categories=categories, suffix=suffix)
        self.folders = dict(image=options.image_folder, semantic='stuffthingmaps/train2017', depth='depth/train2017')

    def stem(self, sample_id: int) -> str:
        """The image's id in the JSON, in COCO's twelve digits."""
        return f'{sample_id + 1:012d}'

    def coco_file(self, title: str, name: str) -> str:
        # datumaro takes every file with an underscore in its name for a subset of its own
        return (
            f'annotations/{title}_train2017.json'
            if name == 'train'
            else f'annotations/{title}-{name}.json'.replace('_', '-')
        )

    def files(self) -> dict[str, str]:
        """None: the JSON names the classes."""
        return {}
