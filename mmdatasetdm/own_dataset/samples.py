"""Labelled images as any layout gives them: what the readers of layouts hand to the checks and the writers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from mmdatasetdm.datasets.lists import IMAGE_SUFFIXES

SPLITS = ('train', 'val', 'test')
BACKGROUND = 'background'
# how people call the parts of a data set
_SPLIT_NAMES = dict(train='train', training='train', val='val', valid='val', validation='val', test='test')
_SPLIT_NAMES |= dict(trainval='train', testing='test', train2017='train', val2017='val')


@dataclass(kw_only=True)
class Annotation:
    """One object, as COCO describes it.

    Attributes:
        category: index into the classes.
        bbox: x, y, width and height in pixels.
        area: in pixels.
        segmentation: polygons, or a run-length code; empty: there is no mask.
        iscrowd: it stands for several objects, or is not certain.
        keypoints: x, y and visibility of each; empty: there are none.
        where: what a message calls it.
    """

    category: int
    bbox: list[float]
    area: float
    segmentation: list | dict = field(default_factory=list)
    iscrowd: int = 0
    keypoints: list[float] = field(default_factory=list)
    where: str = ''


@dataclass(kw_only=True)
class Sample:
    """One labelled image.

    Attributes:
        name: the path of its image below the data set's folder of images, without suffix.
        image: its file.
        split: 'train', 'val', 'test', or '' where the layout does not say.
        label: file of the label map; None: it has annotations.
        annotations: its objects.
        size: (H, W) that the labels say; None: they do not.
    """

    name: str
    image: Path
    split: str = ''
    label: Path | None = None
    annotations: list[Annotation] = field(default_factory=list)
    size: tuple[int, int] | None = None


@dataclass(kw_only=True)
class LabelledFolder:
    """A labelled data set as it was found.

    Attributes:
        root: the data set's folder.
        layout: what it is called to the person.
        images: the folder of images below ``root``; '' is ``root`` itself.
        samples: its labelled images.
        classes: names in the order of the labels' numbers; empty: the layout does not say.
        colours: RGB of each class, where label maps are pictures of colours; empty: they are not.
        ids: number in the label maps -> class, where they are not the classes' own numbers.
        palette: RGB of each class for pictures; empty: the layout has none.
        keypoints: their names.
        skeleton: pairs of keypoint numbers, from 1.
        swap: pairs of keypoints that a mirror image exchanges; None: the layout does not say.
        notes: what was decided on the way, a line each.
        questions: what only the person can say: (what, the answer that was taken, how another is given).
        warnings: what may be wrong, a line each.
    """

    root: Path
    layout: str
    images: str
    samples: list[Sample]
    classes: list[str] = field(default_factory=list)
    colours: list[tuple[int, int, int]] = field(default_factory=list)
    ids: dict[int, int] = field(default_factory=dict)
    palette: list[tuple[int, int, int]] = field(default_factory=list)
    keypoints: list[str] = field(default_factory=list)
    skeleton: list[list[int]] = field(default_factory=list)
    swap: list[list[str]] | None = None
    notes: list[str] = field(default_factory=list)
    questions: list[tuple[str, str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def of(self, split: str) -> list[Sample]:
        return [sample for sample in self.samples if sample.split == split]

    def name_samples(self) -> None:
        """Find the folder of images, and call each image what lists call it: its path below it, without suffix."""
        self.images = _common_folder(self.root, [sample.image for sample in self.samples])
        for sample in self.samples:
            sample.name = sample.image.relative_to(self.root / self.images).with_suffix('').as_posix()


def files_below(root: Path, suffixes: Sequence[str]) -> list[Path]:
    """All files with these suffixes, whatever their case, in order; hidden ones and ``__MACOSX`` are no part."""
    found = []
    for folder, folders, names in os.walk(root, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith(('.', '__')))
        found += [
            Path(folder, name)
            for name in sorted(names)
            if not name.startswith('.') and os.path.splitext(name)[1].lower() in suffixes
        ]
    return found


def images_below(root: Path) -> list[Path]:
    return files_below(root, IMAGE_SUFFIXES)


def split_of(path: PurePosixPath | Path | str) -> str:
    """'train', 'val' or 'test' where one of a path's folders, or the file's name or its end, says so."""
    parts = PurePosixPath(str(path)).parts
    for part in parts[:-1]:
        if part.lower() in _SPLIT_NAMES:
            return _SPLIT_NAMES[part.lower()]
    stem = PurePosixPath(parts[-1]).stem.lower() if parts else ''
    return _SPLIT_NAMES.get(stem, _SPLIT_NAMES.get(stem.rpartition('_')[2], '') if '_' in stem else '')


def _common_folder(root: Path, paths: Sequence[Path]) -> str:
    """The deepest folder below ``root`` that holds all files, as a posix path; '' is ``root``.

    Folders of the parts (train, val) are left to the names of the images.
    """
    folders = {path.parent for path in paths}
    common = Path(os.path.commonpath(folders)) if folders else root
    while common != root and split_of(common.relative_to(root) / 'x'):
        common = common.parent
    return '' if common == root else common.relative_to(root).as_posix()
