"""Objects with masks: a COCO file for each part, a table of classes, and the configs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.checks import check_classes, check_size
from mmdatasetdm.own_dataset.configs import facts_text
from mmdatasetdm.own_dataset.instance_configs import INSTANCE_IMAGES, instance_configs
from mmdatasetdm.own_dataset.label_maps import mask_of
from mmdatasetdm.own_dataset.samples import Annotation, LabelledFolder, Sample
from mmdatasetdm.own_dataset.semantic import facts_of, palette_of, upright
from mmdatasetdm.own_dataset.sheet import evenly, label_sheet
from mmdatasetdm.utils.io import write_bytes
from mmdatasetdm.visualization.overlay import composite, tint_instances

if TYPE_CHECKING:
    from mmdatasetdm.own_dataset.build import Answers


def write(found: LabelledFolder, *, name: str, out: Path, answers: Answers) -> tuple[dict[str, str], list[str]]:
    """Write ``instances_train.json``, ``instances_val.json`` and ``labels.png`` into ``out``.

    Returns:
        the texts of the configs by the names of their files, and the lines of the table of classes.

    Raises:
        UserError: a label is wrong.
    """
    if wrong := next((one for one in answers.words if one not in found.classes), None):
        raise UserError(f'--word {wrong}: there is no such class; known are {", ".join(found.classes)}')
    if answers.background not in (None, 'none'):
        raise UserError(f'--background {answers.background}: objects have none; leave it out')
    images, objects = (np.zeros(len(found.classes), int) for _ in range(2))
    left_out = 0
    for sample in found.samples:
        assert sample.size is not None
        check_size(sample, sample.size)
        kept = [one for one in sample.annotations if one.bbox[2] >= 1 and one.bbox[3] >= 1 and one.area > 0]
        left_out += len(sample.annotations) - len(kept)
        sample.annotations = kept
        for one in kept:
            if not one.segmentation:
                raise UserError(f'{one.where}: a box without a mask; --task instance needs masks')
        if sample.split == 'train':
            shown = [one.category for one in kept if not one.iscrowd]
            np.add.at(objects, shown, 1)
            images[sorted(set(shown))] += 1
    if left_out:
        found.warnings.append(f'{left_out} objects are smaller than a pixel and left out')
    empty = [sample for sample in found.samples if not sample.annotations]
    check_classes(found, images, background=None, empty=empty)
    for split in ('train', 'val'):
        content = json.dumps(_coco(found, found.of(split)))
        write_bytes(out / f'instances_{split}.json', content.encode())
    pictures = []
    for index in evenly(len(found.samples)):
        sample = found.samples[index]
        assert sample.size is not None
        masks = [(mask_of(one.segmentation, sample.size), bool(one.iscrowd)) for one in sample.annotations]
        pictures.append((sample.name, composite(upright(sample.image), tint_instances(masks, sample.size))))
    write_bytes(out / 'labels.png', label_sheet(pictures, []))
    facts, table = facts_of(found, name, answers, background=None, often=[], out=out)
    facts['Colours of the classes in pictures.'] = dict(
        palette=[
            tuple(colour) for colour in palette_of(len(found.classes), black=False)
        ]  # mmdet's pictures want tuples
    )
    files = {
        f'{name}_facts.py': facts_text(name, facts, INSTANCE_IMAGES),
        **instance_configs(name, generator=answers.generator, count=len(found.of('train'))),
    }
    return files, [
        f'{index:4}  {one:24.24}  {images[index]:6} images  {objects[index]:6} objects  {table[one]}'
        for index, one in enumerate(found.classes)
    ]


def _coco(found: LabelledFolder, samples: list[Sample]) -> dict[str, Any]:
    """A COCO file's content; category ids are 1, 2, 3, ..., as the generated images have them."""
    images, annotations = [], []
    for number, sample in enumerate(samples):
        assert sample.size is not None
        file = sample.image.relative_to(found.root / found.images).as_posix()
        images.append(dict(id=number, file_name=file, height=sample.size[0], width=sample.size[1]))
        annotations += [_annotation(one, len(annotations) + i, number) for i, one in enumerate(sample.annotations)]
    categories = [dict(id=number, name=one) for number, one in enumerate(found.classes, start=1)]
    return dict(images=images, annotations=annotations, categories=categories)


def _annotation(one: Annotation, number: int, image: int) -> dict[str, Any]:
    code = one.segmentation
    if isinstance(code, dict) and isinstance(code['counts'], bytes):
        code = dict(size=list(code['size']), counts=code['counts'].decode())
    return dict(
        id=number,
        image_id=image,
        category_id=one.category + 1,
        bbox=one.bbox,
        area=one.area,
        iscrowd=one.iscrowd,
        segmentation=code,
    )
