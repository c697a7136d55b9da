"""Depth maps of any kind, read as metres, and what their numbers mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmdatasetdm.datasets.checks import for_each
from mmdatasetdm.datasets.labels import check_whole
from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.samples import LabelledFolder, Sample
from mmdatasetdm.utils.io import read_image

# numbers a metre of the layouts that have a unit of their own: KITTI's development kit, Virtual KITTI 2
_OF_LAYOUT = {'KITTI': 256.0, 'Virtual KITTI': 100.0}
_SEEN = (0.1, 60.0)  # metres: half of a photograph's pixels are farther than the first, and nearer than the second
_FARTHEST = 1000.0  # metres; what a sensor or renderer puts beyond means the sky, or nothing
_STEPS = 400  # a depth map of fewer different numbers was one of 8 bits before
_LOOKED_AT = 40


@dataclass(frozen=True, kw_only=True)
class Unit:
    """What the numbers in depth maps mean.

    Attributes:
        scale: numbers a metre.
        why: how that is known.
    """

    scale: float
    why: str


def read_numbers(path: Path) -> np.ndarray:
    """A depth map's numbers (H, W), of the type that the file has.

    Raises:
        UserError: the file is damaged, or holds no map of one channel.
    """
    if path.suffix.lower() in ('.npy', '.npz'):
        values = _array(path)
    else:
        check_whole(str(path))
        values = read_image(path, mode=None)
    values = values.squeeze() if values.ndim == 3 and 1 in (values.shape[0], values.shape[-1]) else values
    if values.ndim != 2 or values.dtype.kind not in 'uif':
        raise UserError(f'{path}: a depth map has one channel of numbers, this one is {values.dtype} {values.shape}')
    return values


def _array(path: Path) -> np.ndarray:
    try:
        content = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise UserError(f'{path} is no array of numbers ({error})') from None
    if isinstance(content, np.ndarray):
        return content
    with content:
        names = content.files
        if 'depth' not in names and len(names) != 1:
            raise UserError(f'{path} holds the arrays {", ".join(names) or "of nothing"}; one must be called depth')
        return content['depth' if 'depth' in names else names[0]]


def metres(values: np.ndarray, scale: float) -> np.ndarray:
    """Numbers -> metres (H, W) float64, 0 where nothing is known: of 0, negative, infinite and the largest numbers."""
    known = np.isfinite(values) & (values > 0)
    if values.dtype.kind in 'ui':
        known &= values < np.iinfo(np.uint16).max
    depth = np.where(known, values, 0) / scale
    return np.where(depth < _FARTHEST, depth, 0)


def unit_of(found: LabelledFolder, given: float | None) -> Unit:
    """How many numbers a metre has.

    Args:
        found: the labelled images.
        given: by the person; None: it is to be seen.

    Raises:
        UserError: it cannot be told.
    """
    if given is not None:
        return Unit(scale=given, why='--depth-scale')
    step = -(-len(found.samples) // _LOOKED_AT)
    looked = for_each(_look, found.samples[::step])
    kinds = {kind for kind, _ in looked}
    middles = [value for _, value in looked if value is not None]
    path = found.samples[0].label
    advice = 'say how many numbers a metre has, as --depth-scale 1000 for millimetres'
    if not middles:
        raise UserError(f'{path} and the others hold no depth at all')
    if len(kinds) > 1:
        raise UserError(f'{found.root}: some depth maps are {" and some ".join(sorted(kinds))}; make them alike')
    middle, kind = float(np.median(middles)), kinds.pop()
    if kind == 'of 8 bits':
        raise UserError(f'{path}: a depth map of 8 bits; their numbers have no usual unit: {advice}')
    if kind == 'floating-point numbers':
        if middle < _SEEN[0]:
            raise UserError(f'{path}: half of the numbers are below {middle:.2g}: no metres; {advice}')
        if middle <= _SEEN[1]:
            return Unit(scale=1.0, why='floating-point numbers: taken for metres')
    elif scale := _OF_LAYOUT.get(found.layout):
        return Unit(scale=scale, why=f'whole numbers, {scale:g} a metre as in {found.layout}')
    if not _SEEN[0] <= middle / 1000 <= _SEEN[1]:
        raise UserError(f'{path}: half of the numbers are below {middle:.3g}: neither metres nor millimetres; {advice}')
    return Unit(scale=1000.0, why=f'{kind}: taken for millimetres')


def _look(sample: Sample) -> tuple[str, float | None]:
    """The kind of numbers, and their middle; None: none is known."""
    assert sample.label is not None
    values = read_numbers(sample.label)
    whole = 'of 8 bits' if values.dtype.itemsize == 1 else 'whole numbers'
    kind = 'floating-point numbers' if values.dtype.kind == 'f' else whole
    known = values[np.isfinite(values) & (values > 0)]
    return kind, float(np.median(known)) if len(known) else None


def step_between(maps: Sequence[np.ndarray]) -> float | None:
    """Metres from one depth to the next where there are so few that the maps once had 8 bits; None: they are fine."""
    values = np.unique(np.concatenate([np.unique(depth) for depth in maps]))
    values = values[values > 0]
    return float(np.median(np.diff(values))) if 1 < len(values) < _STEPS else None
