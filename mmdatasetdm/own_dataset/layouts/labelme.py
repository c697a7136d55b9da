"""The JSON files of the labelling tool labelme: one beside each image, with polygons, boxes, circles and masks."""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pycocotools import mask as rle

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.samples import (
    Annotation,
    LabelledFolder,
    Sample,
    files_below,
    images_below,
    split_of,
)

CORNERS = 36  # of the polygon that stands for a circle
_IGNORED = ('__ignore__', '_ignore_', 'ignore')


def read(root: Path, *, task: str, classes: list[str]) -> LabelledFolder | None:
    """The data set; None: there are no such files."""
    files = [path for path in files_below(root, ['.json']) if _looks_like_labelme(path)]
    if not files:
        return None
    if task == 'pose':
        raise UserError(f'{files[0]}: points of labelme have no order; export keypoints as COCO JSON for --task pose')
    contents = {path: _load(path) for path in files}
    names = classes or sorted({shape['label'] for one in contents.values() for shape in one['shapes']} - {*_IGNORED})
    if not names:
        raise UserError(f'{root}: {len(files)} labelme files, and no object in any of them')
    found = LabelledFolder(root=root, layout='labelme JSON', images='', samples=[], classes=list(names))
    if not classes:
        found.notes.append('labelme keeps no list of classes: they are in the order of the alphabet')
    by_name = {path.relative_to(root).as_posix(): path for path in images_below(root)}
    left_out: dict[str, int] = {}
    for path, content in contents.items():
        image = _image(path, content, root, by_name)
        height, width = int(content['imageHeight']), int(content['imageWidth'])
        sample = Sample(name='', image=image, split=split_of(path.relative_to(root)), size=(height, width))
        for number, shape in enumerate(content['shapes'], start=1):
            where = f'{path}, shape {number} ({shape["label"]})'
            if shape['label'] not in names and shape['label'] not in _IGNORED:
                raise UserError(f'{where}: there is no such class; known are {", ".join(names)}')
            mask = _segmentation(shape, (height, width), where)
            if mask is None:
                kind = str(shape.get('shape_type'))
                left_out[kind] = left_out.get(kind, 0) + 1
                continue
            ignored = shape['label'] in _IGNORED
            category = 0 if ignored else names.index(shape['label'])
            code = rle.merge(rle.frPyObjects(mask, height, width)) if isinstance(mask, list) else mask
            sample.annotations.append(
                Annotation(
                    category=category,
                    bbox=[float(value) for value in rle.toBbox(code)],
                    area=float(rle.area(code)),
                    segmentation=_as_text(code) if ignored or not isinstance(mask, list) else mask,
                    iscrowd=int(ignored),
                    where=where,
                )
            )
        found.samples.append(sample)
    found.warnings += [
        f'{count} shapes of type {kind} have no area and are left out' for kind, count in left_out.items()
    ]
    found.name_samples()
    return found


def _looks_like_labelme(path: Path) -> bool:
    with open(path, encoding='utf-8', errors='replace') as file:
        return '"shapes"' in file.read(1 << 16)


def _load(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding='utf-8-sig'))
    except ValueError as error:
        raise UserError(f'{path} is not readable JSON ({error})') from None
    wrong = next((key for key in ('imagePath', 'imageHeight', 'imageWidth', 'shapes') if content.get(key) is None), '')
    if wrong:
        raise UserError(
            f'{path}: there is no {wrong}; it is no file of labelme, or damaged: save it again with labelme'
        )
    for shape in content['shapes']:
        if not isinstance(shape, Mapping) or not isinstance(shape.get('label'), str) or 'points' not in shape:
            raise UserError(f'{path}: a shape has no label or no points; save it again with labelme')
    return content


def _image(path: Path, content: Mapping, root: Path, by_name: Mapping[str, Path]) -> Path:
    """Beside the file under the name that it says, or under its own name anywhere below the data set's folder."""
    named = str(content['imagePath']).replace('\\', '/')
    beside = (path.parent / named).resolve()
    if beside.is_file() and beside.is_relative_to(root.resolve()):
        return root / beside.relative_to(root.resolve())
    for name, image in by_name.items():
        if name.endswith(f'/{Path(named).name}') or name == Path(named).name:
            return image
    raise UserError(f'{path}: its image {named} is nowhere in {root}')


def _segmentation(shape: Mapping, size: tuple[int, int], where: str) -> list | dict | None:
    """Polygons or a run-length code; None: a kind of shape without an area."""
    kind, points = shape.get('shape_type') or 'polygon', np.asarray(shape['points'], float)
    if kind == 'polygon' and len(points) >= 3:
        return [points.ravel().round(2).tolist()]
    if kind == 'rectangle' and len(points) == 2:
        (x1, y1), (x2, y2) = points
        return [[x1, y1, x2, y1, x2, y2, x1, y2]]
    if kind == 'circle' and len(points) == 2:
        radius = math.dist(*points)
        angles = np.linspace(0, 2 * math.pi, CORNERS, endpoint=False)
        return [(points[0] + radius * np.stack([np.cos(angles), np.sin(angles)], 1)).ravel().round(2).tolist()]
    if kind == 'mask' and shape.get('mask'):
        (left, top), (right, bottom) = points.round().astype(int)
        with Image.open(io.BytesIO(base64.b64decode(shape['mask']))) as picture:
            part = np.asarray(picture).astype(bool)
        if part.shape != (bottom - top + 1, right - left + 1) or bottom >= size[0] or right >= size[1]:
            raise UserError(f'{where}: its mask has not the size of its box; draw it again with labelme')
        whole = np.zeros(size, np.uint8, order='F')
        whole[top : bottom + 1, left : right + 1] = part
        return rle.encode(whole)
    return None


def _as_text(code: dict) -> dict:
    """A run-length code as JSON holds it."""
    counts = code['counts']
    return dict(size=list(code['size']), counts=counts.decode() if isinstance(counts, bytes) else counts)
