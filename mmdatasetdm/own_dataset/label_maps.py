"""Label maps of any kind, read as what training takes: class ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pycocotools import mask as rle

from mmdatasetdm.datasets.checks import for_each
from mmdatasetdm.datasets.labels import check_whole
from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.samples import BACKGROUND, LabelledFolder, Sample
from mmdatasetdm.utils.io import read_image

IGNORE = 255


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """How the numbers or colours in the label maps of a data set are to be read.

    Attributes:
        table: raw number or colour (256^2 r + 256 g + b) -> class id or 255.
        colours: the label maps are pictures of colours.
        as_they_are: every raw number is its class id, so that the files need not be written anew.
    """

    table: Mapping[int, int]
    colours: bool = False

    @property
    def as_they_are(self) -> bool:
        return not self.colours and all(raw == known for raw, known in self.table.items())

    def apply(self, raw: np.ndarray) -> np.ndarray:
        """Raw values (H, W) -> class ids (H, W) uint8."""
        values, inverse = np.unique(raw, return_inverse=True)
        ids = np.array([self.table[int(value)] for value in values], np.uint8)
        return ids[inverse].reshape(raw.shape)


def raw_values(path: Path) -> tuple[np.ndarray, bool]:
    """A label map's numbers (H, W), and whether they are colours, as ``Numbers.table`` counts them."""
    check_whole(str(path))
    values = read_image(path, mode=None)
    if values.dtype == bool:
        return values.astype(np.int64), False
    if values.ndim == 2:
        return values.astype(np.int64), False
    channels = values[..., :3].astype(np.int64)
    if values.shape[-1] in (1, 2) or (channels == channels[..., :1]).all():
        return channels[..., 0], False  # grey, in three channels
    return channels @ np.array([65536, 256, 1]), True


def survey(found: LabelledFolder) -> list[tuple[tuple[int, int], dict[int, int], bool]]:
    """(size, raw number -> pixels, are they colours) of every label map."""

    def look(sample: Sample) -> tuple[tuple[int, int], dict[int, int], bool]:
        assert sample.label is not None
        raw, colours = raw_values(sample.label)
        values, counts = np.unique(raw, return_counts=True)
        return raw.shape, dict(zip(values.tolist(), counts.tolist(), strict=True)), colours

    return for_each(look, found.samples)


def interpret(found: LabelledFolder, surveyed: Sequence[tuple[tuple[int, int], dict[int, int], bool]]) -> Numbers:
    """What the numbers mean; a class list without a background and masks of 0 and 255 are understood, and said.

    Raises:
        UserError: there are no names, or a number or colour that is no class.
    """
    colours = any(row[2] for row in surveyed)
    present = sorted({value for row in surveyed for value in row[1]})
    if colours:
        return _colours(found, surveyed)
    numbers = [value for value in present if value != IGNORE]
    names = found.classes
    if not names:
        raise UserError(
            f'{found.root}: the label maps hold the numbers {_some(numbers)}, and nothing says what they are: put '
            f'their names, one a line, into {found.root / "classes.txt"}, or give --classes'
        )
    if found.ids:
        return Numbers(table={value: found.ids.get(value, IGNORE) for value in present})
    if IGNORE in present and numbers == [0] and len(names) <= 2:
        if len(names) == 1:
            found.classes = [BACKGROUND, *names]
        found.notes.append(f'the masks hold 0 and 255: 255 is {found.classes[1]}, 0 is {found.classes[0]}')
        return Numbers(table={0: 0, IGNORE: 1})
    if numbers and numbers[-1] == len(names) and BACKGROUND not in [name.lower() for name in names]:
        found.classes = [BACKGROUND, *names]
        if found.palette:
            found.palette = [(0, 0, 0), *found.palette]
        found.notes.append(
            f'{len(names)} names for the numbers up to {len(names)}: 0 is the background, 1 is {names[0]}'
        )
        names = found.classes
    unknown = [value for value in numbers if not 0 <= value < len(names)]
    if unknown:
        at = next(i for i, row in enumerate(surveyed) if set(row[1]) & {*unknown})
        raise UserError(
            f'{found.samples[at].label}: {"number" if len(unknown) == 1 else "numbers"} {_some(unknown)} in the label '
            f'map; expected 0 to {len(names) - 1} ({len(names)} classes, {names[0]} to {names[-1]}) and 255 for '
            'ignored pixels'
        )
    return Numbers(table={value: value for value in present})


def _colours(found: LabelledFolder, surveyed: Sequence[tuple[tuple[int, int], dict[int, int], bool]]) -> Numbers:
    if not found.colours:
        raise UserError(
            f'{found.samples[0].label} is a picture of colours, and nothing says which class each is: list them in '
            f'{found.root / "labelmap.txt"}, a line "name:r,g,b::" for each'
        )
    table = {r * 65536 + g * 256 + b: index for index, (r, g, b) in enumerate(found.colours)}
    found.palette = found.palette or list(found.colours)
    for sample, (_, counts, colours) in zip(found.samples, surveyed, strict=True):
        # a picture of one grey is read as numbers
        raw = counts if colours else {value * 65793: count for value, count in counts.items()}
        unknown = [value for value in raw if value not in table]
        if unknown:
            r, rest = divmod(unknown[0], 65536)
            raise UserError(
                f'{sample.label}: the colour {r},{rest // 256},{rest % 256} is that of no class; a mask must be a PNG '
                'without smoothed edges, and every colour of it stand in the list'
            )
    return Numbers(table=table, colours=True)


def class_ids(sample: Sample, numbers: Numbers | None, *, unlabelled: int) -> np.ndarray:
    """The label map (H, W) uint8 of a sample: that of its file, or drawn from its objects, the largest first.

    Args:
        numbers: of the files; None: the sample has objects.
        unlabelled: what pixels without an object are.
    """
    if numbers is not None:
        assert sample.label is not None
        raw, colours = raw_values(sample.label)
        return numbers.apply(raw * 65793 if numbers.colours and not colours else raw)
    assert sample.size is not None
    labels = np.full(sample.size, unlabelled, np.uint8)
    shift = unlabelled == 0
    for one in sorted(sample.annotations, key=lambda one: (not one.iscrowd, -one.area)):
        labels[mask_of(one.segmentation, sample.size)] = IGNORE if one.iscrowd else one.category + shift
    return labels


def mask_of(segmentation: list | dict, shape: tuple[int, int]) -> np.ndarray:
    """Polygons or a run-length code -> (H, W) bool."""
    if not segmentation:
        return np.zeros(shape, bool)
    code = segmentation
    if isinstance(segmentation, list):
        code = rle.merge(rle.frPyObjects([part for part in segmentation if len(part) >= 6], *shape))
    elif isinstance(segmentation['counts'], list):
        code = rle.frPyObjects(segmentation, *shape)
    return rle.decode(code).astype(bool)


def _some(values: Sequence[int]) -> str:
    return ', '.join(map(str, values[:6])) + (', …' if len(values) > 6 else '')
