"""YOLO: a text file for each image, in labels/ beside images/, with polygons or keypoints as fractions of the image."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pycocotools import mask as rle

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.layouts.names import class_list
from mmdatasetdm.own_dataset.layouts.yolo_pose import name_keypoints, person
from mmdatasetdm.own_dataset.samples import (
    Annotation,
    LabelledFolder,
    Sample,
    images_below,
    split_of,
)
from mmdatasetdm.visualization.labels import image_size


def read(root: Path, *, task: str, classes: list[str]) -> LabelledFolder | None:
    """The data set; None: there are no such files, or none with keypoints where these are wanted."""
    pairs = [(image, label) for image in images_below(root) if (label := _label_of(image, root)) is not None]
    if not any(label.is_file() for _, label in pairs):
        return None
    facts_file, facts = _facts(root)
    if task == 'pose' and 'kpt_shape' not in facts:
        return None
    names = classes or _names(facts, facts_file) or class_list(root)
    if not names:
        raise UserError(f'{root}: YOLO labels, but no class names: add data.yaml with names, or give --classes')
    found = LabelledFolder(root=root, layout='YOLO', images='', samples=[], classes=list(names))
    dims = name_keypoints(found, facts, facts_file) if task == 'pose' else 0
    if task == 'pose' and len(names) > 1:
        raise UserError(f'{facts_file} names {len(names)} classes; keypoints are those of one kind of object')
    for image, label in pairs:
        size = image_size(image)
        split = split_of(image.relative_to(root))
        sample = Sample(name='', image=image, split=split, size=size)
        if label.is_file():
            for values, where in _rows(label, classes=names):
                one = (
                    person(values, size, count=len(found.keypoints), dims=dims, where=where)
                    if dims
                    else _polygon(values, size, task=task, where=where)
                )
                sample.annotations.append(one)
        found.samples.append(sample)
    found.name_samples()
    return found


def _label_of(image: Path, root: Path) -> Path | None:
    """YOLO's own rule: the last folder named images is exchanged for labels."""
    parts = list(image.relative_to(root).parts)
    if 'images' not in parts[:-1]:
        return None
    at = len(parts) - 2 - parts[-2::-1].index('images')
    return root.joinpath(*parts[:at], 'labels', *parts[at + 1 :]).with_suffix('.txt')


def _facts(root: Path) -> tuple[Path | None, dict[str, Any]]:
    for path in sorted([*root.glob('*.yaml'), *root.glob('*.yml')]):
        try:
            content = yaml.safe_load(path.read_text(encoding='utf-8-sig'))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise UserError(f'{path} is not readable YAML ({" ".join(str(error).split())[:80]})') from None
        if isinstance(content, dict) and 'names' in content:
            return path, content
    return None, {}


def _names(facts: dict[str, Any], path: Path | None) -> list[str]:
    names = facts.get('names') or []
    if isinstance(names, dict):
        if sorted(names) != list(range(len(names))):
            raise UserError(f'{path}: the numbers of names must be 0 to {len(names) - 1}')
        names = [names[number] for number in range(len(names))]
    return [str(name) for name in names]


def _rows(path: Path, *, classes: list[str]) -> Iterator[tuple[list[float], str]]:
    """The numbers of each line, the first of them a class, and what a message calls the line."""
    for number, line in enumerate(path.read_text(encoding='utf-8-sig').splitlines(), start=1):
        where = f'{path}, line {number}'
        try:
            values = [float(value) for value in line.split()]
        except ValueError:
            raise UserError(f'{where}: {line[:40]!r} is no row of numbers') from None
        if not values:
            continue
        if not np.isfinite(values).all():
            raise UserError(f'{where}: {line[:40]!r} holds a number that is not finite')
        if values[0] != int(values[0]) or not 0 <= values[0] < len(classes):
            raise UserError(f'{where}: class {values[0]:g}; there are {len(classes)}, 0 to {len(classes) - 1}')
        yield values, where


def _polygon(values: list[float], size: tuple[int, int], *, task: str, where: str) -> Annotation:
    height, width = size
    if len(values) == 5:
        raise UserError(
            f'{where}: a box without a mask; --task {task} needs polygons (class x y x y …), as YOLO-seg has them'
        )
    if len(values) < 7 or len(values) % 2 == 0:
        raise UserError(f'{where}: {len(values)} numbers; a polygon is a class and three or more points')
    polygon = (np.reshape(values[1:], (-1, 2)) * (width, height)).round(2).ravel().tolist()
    code = rle.merge(rle.frPyObjects([polygon], height, width))
    return Annotation(
        category=int(values[0]),
        bbox=[float(value) for value in rle.toBbox(code)],
        area=float(rle.area(code)),
        segmentation=[polygon],
        where=where,
    )
