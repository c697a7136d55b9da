"""Keypoints as YOLO has them: a row a person, of its class, box and the keypoints as fractions of the image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.samples import Annotation, LabelledFolder

# COCO's keypoints, for files that have 17 and do not name them
_PAIRED = ('eye', 'ear', 'shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle')
COCO_KEYPOINTS = ['nose', *(f'{side}_{part}' for part in _PAIRED for side in ('left', 'right'))]
COCO_SKELETON = [
    *([16, 14], [14, 12], [17, 15], [15, 13], [12, 13], [6, 12], [7, 13], [6, 7], [6, 8], [7, 9], [8, 10], [9, 11]),
    *([2, 3], [1, 2], [1, 3], [2, 4], [3, 5], [4, 6], [5, 7]),
]


def name_keypoints(found: LabelledFolder, facts: Mapping[str, Any], path: Path | None) -> int:
    """Put the keypoints of data.yaml into ``found``: ``kpt_shape``, ``flip_idx``, ``kpt_names``.

    Returns:
        how many numbers a keypoint has, 2 or 3.

    Raises:
        UserError: they contradict each other.
    """
    shape = facts['kpt_shape']
    if not isinstance(shape, list) or len(shape) != 2 or not all(isinstance(one, int) for one in shape):
        raise UserError(f'{path}: kpt_shape is {shape!r}; expected [number of keypoints, 2 or 3]')
    count, dims = shape
    if count < 1 or dims not in (2, 3):
        raise UserError(f'{path}: kpt_shape is {shape!r}; expected [number of keypoints, 2 or 3]')
    names = _names(facts, count)
    flip = facts.get('flip_idx')
    if flip is not None and (not isinstance(flip, list) or sorted(map(str, flip)) != sorted(map(str, range(count)))):
        raise UserError(f'{path}: flip_idx is {flip!r:.60}; expected each of the numbers 0 to {count - 1} once')
    if names:
        found.keypoints = names
    elif count == len(COCO_KEYPOINTS):
        found.keypoints, found.skeleton = list(COCO_KEYPOINTS), COCO_SKELETON
        found.notes.append(
            '17 keypoints without names: those of COCO are taken (`kpt_names` in data.yaml names others)'
        )
    else:
        found.keypoints = [f'keypoint_{number}' for number in range(1, count + 1)]
        found.notes.append(f'{count} keypoints without names: they are called keypoint_1 to keypoint_{count}')
    if flip is not None:
        found.swap = [[found.keypoints[i], found.keypoints[j]] for i, j in enumerate(flip) if i < j and flip[j] == i]
    return dims


def _names(facts: Mapping[str, Any], count: int) -> list[str]:
    """``kpt_names``: a list, or a list by class; empty: there are none, or not so many."""
    names = facts.get('kpt_names') or []
    if isinstance(names, dict):
        names = next(iter(names.values()), [])
    if not isinstance(names, list) or len({*map(str, names)}) != count:
        return []
    return [str(name) for name in names]


def person(values: Sequence[float], size: tuple[int, int], *, count: int, dims: int, where: str) -> Annotation:
    """A row of numbers as a person.

    Args:
        size: (H, W) of the image.
        count: of keypoints.
        dims: numbers a keypoint: x, y and perhaps visibility; without it a keypoint at 0, 0 is not labelled.

    Raises:
        UserError: the row has not so many numbers.
    """
    height, width = size
    if len(values) != 5 + count * dims:
        raise UserError(
            f'{where}: {len(values)} numbers; expected {5 + count * dims}, a class, a box of four and {dims} for each '
            f'of {count} keypoints'
        )
    x, y, w, h = values[1] * width, values[2] * height, values[3] * width, values[4] * height
    rows = np.reshape(np.asarray(values[5:], float), (count, dims))
    visible = rows[:, 2] if dims == 3 else np.where(rows.any(1), 2.0, 0.0)
    points = np.column_stack([rows[:, :2] * (width, height), visible]).round(3)
    box = [round(value, 2) for value in (x - w / 2, y - h / 2, w, h)]
    return Annotation(category=0, bbox=box, area=round(w * h, 2), keypoints=points.ravel().tolist(), where=where)
