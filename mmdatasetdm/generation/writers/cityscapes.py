"""Cityscapes's layout: ``leftImg8bit/train/<city>/…`` and ``gtFine/train/<city>/…``, and what its label values mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pycocotools import mask as rle
from pydantic import AfterValidator

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.base import IGNORE
from mmdatasetdm.generation.options import Text, checked
from mmdatasetdm.generation.records import Instance
from mmdatasetdm.generation.writers.base import FolderWriter, WriterOptions, encode_png
from mmdatasetdm.registry import WRITERS

UNLABELED = 'unlabeled'


class Label(NamedTuple):
    """A class of Cityscapes: its value in labelIds and in labelTrainIds (255: left out), whether it is counted."""

    id: int
    train_id: int
    things: bool
    colour: tuple[int, int, int]


LABELS = {
    'unlabeled': Label(0, 255, False, (0, 0, 0)),
    'ego vehicle': Label(1, 255, False, (0, 0, 0)),
    'rectification border': Label(2, 255, False, (0, 0, 0)),
    'out of roi': Label(3, 255, False, (0, 0, 0)),
    'static': Label(4, 255, False, (0, 0, 0)),
    'dynamic': Label(5, 255, False, (111, 74, 0)),
    'ground': Label(6, 255, False, (81, 0, 81)),
    'road': Label(7, 0, False, (128, 64, 128)),
    'sidewalk': Label(8, 1, False, (244, 35, 232)),
    'parking': Label(9, 255, False, (250, 170, 160)),
    'rail track': Label(10, 255, False, (230, 150, 140)),
    'building': Label(11, 2, False, (70, 70, 70)),
    'wall': Label(12, 3, False, (102, 102, 156)),
    'fence': Label(13, 4, False, (190, 153, 153)),
    'guard rail': Label(14, 255, False, (180, 165, 180)),
    'bridge': Label(15, 255, False, (150, 100, 100)),
    'tunnel': Label(16, 255, False, (150, 120, 90)),
    'pole': Label(17, 5, False, (153, 153, 153)),
    'polegroup': Label(18, 255, False, (153, 153, 153)),
    'traffic light': Label(19, 6, False, (250, 170, 30)),
    'traffic sign': Label(20, 7, False, (220, 220, 0)),
    'vegetation': Label(21, 8, False, (107, 142, 35)),
    'terrain': Label(22, 9, False, (152, 251, 152)),
    'sky': Label(23, 10, False, (70, 130, 180)),
    'person': Label(24, 11, True, (220, 20, 60)),
    'rider': Label(25, 12, True, (255, 0, 0)),
    'car': Label(26, 13, True, (0, 0, 142)),
    'truck': Label(27, 14, True, (0, 0, 70)),
    'bus': Label(28, 15, True, (0, 60, 100)),
    'caravan': Label(29, 255, True, (0, 0, 90)),
    'trailer': Label(30, 255, True, (0, 0, 110)),
    'train': Label(31, 16, True, (0, 80, 100)),
    'motorcycle': Label(32, 17, True, (0, 0, 230)),
    'bicycle': Label(33, 18, True, (119, 11, 32)),
}
# the classes that are trained on, in the order of their train ids
TRAINED = tuple(sorted((name for name in LABELS if LABELS[name].train_id != 255), key=lambda n: LABELS[n].train_id))


def _folder_name(text: str) -> str:
    if not re.fullmatch(r'[A-Za-z0-9-]+', text):
        raise ValueError("it must be of letters, digits and '-'")
    return text


@checked
class CityscapesOptions(WriterOptions):
    """Cityscapes's layout, whose images are PNG.

    Args:
        city: the folder of all images, and the first part of their names; letters, digits and '-'.
        names: decoder's class -> Cityscapes's class, for classes of other names, as ``dict(man='person')``; a class of
            its void category ('unlabeled', 'static', …) leaves the pixels out. ``background`` is 'unlabeled' by itself.
    """

    type: Literal['cityscapes'] = 'cityscapes'
    image_format: Literal['png'] = 'png'
    city: Annotated[str, AfterValidator(_folder_name)] = 'synthetic'
    names: Mapping[Text, Text] = field(default_factory=dict)


@WRITERS.register_module('cityscapes')
class CityscapesWriter(FolderWriter):
    """For image ``000012`` of the city ``synthetic``, of the files that belong together
    (``synthetic/synthetic_000000_000012_…``):

    - ``leftImg8bit/train/…_leftImg8bit.png``
    - ``gtFine/train/…_gtFine_labelTrainIds.png``: the 19 classes that are trained on, 255 = ignore
    - ``gtFine/train/…_gtFine_labelIds.png``: all of Cityscapes's classes, 0 = unlabeled
    - ``gtFine/train/…_gtFine_instanceIds.png`` (16 bit), beside an instance decoder: as labelIds, but
      ``1000 * id + number`` where a counted thing is. An object has none of the pixels that labelIds gives to another
      class.
    - ``depth/train/…_depth.png`` (16 bit, ``options.depth_scale`` a metre)

    Args:
        options: the recipe's ``writer``.
        classes: of the semantic decoder.
        palette: not used: the label maps have Cityscapes's classes and colours.
        categories: the instance decoder's classes by their COCO ids.
        suffix: of images that are linked from an earlier folder.
    Raises:
        UserError: classes that are not Cityscapes's.
    """

    Options = CityscapesOptions
    options: CityscapesOptions
    seg_map_suffix = '_gtFine_labelTrainIds.png'
    folders = dict(image='leftImg8bit/train', semantic='gtFine/train', depth='depth/train')
    depth_suffix = '_depth.png'

    def __init__(
        self,
        *,
        options: CityscapesOptions,
        classes: Sequence[str] = (),
        palette: Sequence[Sequence[int]] = (),
        categories: Mapping[int, str] | None = None,
        suffix: str | None = None,
    ):
        super().__init__(options=options, suffix='_leftImg8bit.png')
        if not classes:
            raise UserError("recipe: writer 'cityscapes' needs a semantic decoder")
        if suffix not in (None, '.png'):
            raise UserError(f"recipe: writer 'cityscapes' takes PNG images; those of the folder are {suffix}")
        self.label_names = label_names(classes, options.names)
        self.classes, self.palette = TRAINED, [LABELS[name].colour for name in TRAINED]
        labels = [LABELS[self.label_names[name]] for name in classes]
        self.to_id = np.zeros(256, np.uint8)
        self.to_id[: len(labels)] = [label.id for label in labels]
        self.to_train_id = np.full(256, IGNORE, np.uint8)
        self.to_train_id[: len(labels)] = [label.train_id for label in labels]
        self.category_labels = {
            category: LABELS[self.label_names[name]] for category, name in (categories or {}).items()
        }

    def stem(self, sample_id: int) -> str:
        """The frame's number has six digits, as in Cityscapes; the sequence counts the millions."""
        sequence, frame = divmod(sample_id, 1_000_000)
        return f'{self.options.city}/{self.options.city}_{sequence:06d}_{frame:06d}'

    def encode_labels(self, sample_id: int, labels: Mapping) -> Iterator[tuple[str, str, bytes]]:
        base = f'{self.folders["semantic"]}/{self.stem(sample_id)}_gtFine'
        ids = self.to_id[labels['semantic']]
        yield 'semantic', f'{base}_labelTrainIds.png', encode_png(self.to_train_id[labels['semantic']])
        yield 'label_ids', f'{base}_labelIds.png', encode_png(ids)
        if 'instance' in labels:
            yield 'instance_ids', f'{base}_instanceIds.png', encode_png(self.instance_ids(ids, labels['instance']))
        yield from self.encode_depth(sample_id, labels)

    def instance_ids(self, ids: np.ndarray, instances: Sequence[Instance]) -> np.ndarray:
        """Label ids (H, W) uint8 and instances -> (H, W) uint16; things are numbered from 0 in each class.

        A crowd's pixels keep their label id, as Cityscapes's groups do.
        """
        values, numbers = ids.astype(np.uint16), dict.fromkeys(self.category_labels.values(), 0)
        for found in instances:
            label = self.category_labels[found.category_id]
            if found.iscrowd:
                continue
            mask = rle.decode(found.segmentation).astype(bool) & (ids == label.id)
            if label.things and mask.any() and numbers[label] < 1000:
                values[mask] = 1000 * label.id + numbers[label]
                numbers[label] += 1
        return values


def label_names(classes: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
    """Decoder's class -> Cityscapes's class.

    Raises:
        UserError: one line with the names that are not there.
    """
    for name, label in names.items():
        if name not in classes:
            raise UserError(f'recipe: writer.names: the semantic decoder has no class {name}')
        if label not in LABELS:
            raise UserError(f'recipe: writer.names: {label!r} is no class of Cityscapes; those are {", ".join(LABELS)}')
    given = {'background': UNLABELED, **names}
    found = {name: given.get(name, name) for name in classes}
    foreign = [name for name in classes if found[name] not in LABELS]
    if foreign:
        raise UserError(
            f"recipe: writer 'cityscapes': the decoder's classes {', '.join(foreign)} are not Cityscapes's; say with "
            f"writer.names which are meant, as names={{{foreign[0]!r}: 'unlabeled'}}, or write type 'voc'"
        )
    return found
