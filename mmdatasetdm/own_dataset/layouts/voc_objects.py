"""Pascal VOC's objects: a number each in SegmentationObject/, whose classes are those of SegmentationClass/."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pycocotools import mask as rle

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.label_maps import IGNORE, class_ids, interpret, raw_values, survey
from mmdatasetdm.own_dataset.layouts import maps
from mmdatasetdm.own_dataset.samples import Annotation, LabelledFolder, Sample
from mmdatasetdm.own_dataset.words import background_of

_FOLDERS = ('JPEGImages', 'SegmentationClass', 'SegmentationObject')
_ALONE = 0.9  # of an object's pixels that should be of one class


def read(root: Path, *, task: str, classes: list[str]) -> LabelledFolder | None:
    """The data set; None: it has not these folders."""
    if task != 'instance' or not all((root / folder).is_dir() for folder in _FOLDERS):
        return None
    found = maps.read(root, task='semantic', classes=classes)
    if found is None:
        return None
    numbers = interpret(found, survey(found))
    name = background_of(found.classes)
    if name is None:
        raise UserError(f'{root}: no class is called background, so that nothing tells what is no object')
    background, mixed = found.classes.index(name), []
    for sample in found.samples:
        assert sample.label is not None
        ids = class_ids(sample, numbers, unlabelled=0)
        path = root / _FOLDERS[2] / sample.label.relative_to(root / _FOLDERS[1])
        if not path.is_file():
            raise UserError(f'{sample.label} has no {path}, which tells its objects apart')
        _take_objects(sample, path, ids, background, mixed)
        sample.label, sample.size = None, ids.shape
    if mixed:
        found.warnings.append(
            f'{len(mixed)} objects are of several classes in SegmentationClass, as {mixed[0]}: the largest part counts'
        )
    del found.classes[background]
    found.palette = found.palette[:background] + found.palette[background + 1 :]
    found.colours = []
    return found


def _take_objects(sample: Sample, path: Path, ids: np.ndarray, background: int, mixed: list[str]) -> None:
    """Give ``sample`` an annotation for each number of an object; those of several classes are added to ``mixed``."""
    objects, _ = raw_values(path)
    if objects.shape != ids.shape:
        raise UserError(f'{path} is {objects.shape[1]}x{objects.shape[0]}, but {sample.label} is not')
    inside = (ids != background) & (ids != IGNORE)
    for number in np.unique(objects[inside]):
        mask = inside & (objects == number)
        counts = np.bincount(ids[mask])
        category = int(counts.argmax())
        where = f'{path}, object {number}'
        if counts[category] < _ALONE * counts.sum():
            mixed.append(where)
        code = rle.encode(np.asfortranarray(mask, dtype=np.uint8))
        sample.annotations.append(
            Annotation(
                category=category - (category > background),
                bbox=[float(value) for value in rle.toBbox(code)],
                area=float(rle.area(code)),
                segmentation=dict(size=list(code['size']), counts=code['counts'].decode()),
                where=where,
            )
        )
