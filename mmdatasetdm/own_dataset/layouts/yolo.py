"""YOLO: a text file for each image, in labels/ beside images/, with polygons or keypoints as fractions of the image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pycocotools import mask as rle

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.layouts.names import class_list
from mmdatasetdm.own_dataset.samples import (
    Annotation,
    LabelledFolder,
    Sample,
    common_folder,
    images_below,
    name_below,
    split_of,
)
from mmdatasetdm.visualization.labels import image_size


def read(root: Path, *, task: str, classes: list[str]) -> LabelledFolder | None:
    """The data set; None: there are no such files."""
    pairs = [(image, label) for image in images_below(root) if (label := _label_of(image, root)) is not None]
    if not any(label.is_file() for _, label in pairs) or task == 'depth':
        return None
    facts_file, facts = _facts(root)
    names = classes or _names(facts, facts_file) or class_list(root)
    if not names:
        raise UserError(f'{root}: YOLO labels, but no class names: add data.yaml with names, or give --classes')
    found = LabelledFolder(root=root, layout='YOLO', images='', samples=[], classes=list(names))
    count = 0
    if task == 'pose':
        count = _name_keypoints(found, facts, facts_file)
    for image, label in pairs:
        size = image_size(image)
        split = split_of(image.relative_to(root))
        sample = Sample(name='', image=image, split=split, size=size)
        if label.is_file():
            sample.annotations = _annotations(label, size, classes=names, count=count, task=task)
        found.samples.append(sample)
    found.images = common_folder(root, [sample.image for sample in found.samples])
    for sample in found.samples:
        sample.name = name_below(root / found.images, sample.image)
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


def _name_keypoints(found: LabelledFolder, facts: dict[str, Any], path: Path | None) -> int:
    """Put the keypoints' names into ``found``; -> numbers a keypoint, 2 or 3."""
    shape = facts.get('kpt_shape')
    if not isinstance(shape, list) or len(shape) != 2 or shape[1] not in (2, 3):
        raise UserError(f'{path or found.root}: --task pose needs kpt_shape: [keypoints, 2 or 3] in data.yaml')
    if len(found.classes) != 1:
        raise UserError(f'{path}: {len(found.classes)} classes; keypoints are those of one kind of object')
    named = facts.get('kpt_names') or {}
    names = named.get(0) if isinstance(named, dict) else named
    found.keypoints = [str(name) for name in names or ()] or [f'keypoint_{i + 1}' for i in range(shape[0])]
    if len(found.keypoints) != shape[0]:
        raise UserError(f'{path}: kpt_shape says {shape[0]} keypoints, but kpt_names has {len(found.keypoints)}')
    flips = facts.get('flip_idx') or ()
    found.swap = [(found.keypoints[a], found.keypoints[b]) for a, b in enumerate(flips) if a < b < shape[0]]
    if not named:
        found.warnings.append(f'{path} has no kpt_names: the keypoints are called keypoint_1 to keypoint_{shape[0]}')
    return shape[1]


def _annotations(path: Path, size: tuple[int, int], *, classes: list[str], count: int, task: str) -> list[Annotation]:
    height, width = size
    found = []
    for number, line in enumerate(path.read_text(encoding='utf-8-sig').splitlines(), start=1):
        where = f'{path}, line {number}'
        try:
            values = [float(value) for value in line.split()]
        except ValueError:
            raise UserError(f'{where}: {line[:40]!r} is no row of numbers') from None
        if not values:
            continue
        if values[0] != int(values[0]) or not 0 <= values[0] < len(classes):
            raise UserError(f'{where}: class {values[0]:g}; there are {len(classes)}, 0 to {len(classes) - 1}')
        if task == 'pose':
            found.append(_person(values, size, count, where))
            continue
        if len(values) == 5:
            raise UserError(
                f'{where}: a box without a mask; --task {task} needs polygons (class x y x y …), as YOLO-seg has them'
            )
        if len(values) < 7 or len(values) % 2 == 0:
            raise UserError(f'{where}: {len(values)} numbers; a polygon is a class and three or more points')
        polygon = (np.reshape(values[1:], (-1, 2)) * (width, height)).round(2).ravel().tolist()
        code = rle.merge(rle.frPyObjects([polygon], height, width))
        found.append(
            Annotation(
                category=int(values[0]),
                bbox=[float(value) for value in rle.toBbox(code)],
                area=float(rle.area(code)),
                segmentation=[polygon],
                where=where,
            )
        )
    return found


def _person(values: list[float], size: tuple[int, int], count: int, where: str) -> Annotation:
    height, width = size
    points = values[5:]
    if len(points) % count:
        raise UserError(f'{where}: {len(values)} numbers; expected a class, a box of four and {count} a keypoint')
    x, y, w, h = values[1] * width, values[2] * height, values[3] * width, values[4] * height
    rows = np.reshape(points, (-1, count))
    seen = rows[:, 2] if count == 3 else np.where(rows.any(1), 2, 0)
    keypoints = [v for (px, py), s in zip(rows[:, :2] * (width, height), seen, strict=True) for v in (px, py, int(s))]
    return Annotation(
        category=0,
        bbox=[round(x - w / 2, 2), round(y - h / 2, 2), round(w, 2), round(h, 2)],
        area=round(w * h, 2),
        keypoints=[round(float(value), 2) if i % 3 < 2 else int(value) for i, value in enumerate(keypoints)],
        where=where,
    )
