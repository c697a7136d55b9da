"""A depth map for each image: two folders, or two files side by side, as in NYU Depth v2, KITTI and DIODE."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from PIL import Image

from mmdatasetdm.datasets.lists import IMAGE_SUFFIXES
from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.layouts.maps import LABELS, take_lists
from mmdatasetdm.own_dataset.samples import LabelledFolder, Sample, files_below, split_of

ARRAYS = ('.npy', '.npz')
_PICTURES = ('.png', '.tif', '.tiff')
# words between which names are divided, of depth maps and of pictures that only show them in colours
_DEPTH = re.compile(r'(?:sync)?depth(?:s|map|maps)?|groundtruth', re.IGNORECASE)
_COLOURED = re.compile(r'vis|viz|visuali[sz]ations?|colou?r(?:ed|map)?|preview|jet|mask|conf(?:idence)?', re.IGNORECASE)
_DISPARITY = re.compile(r'disp(?:arity)?(?:s|map|maps)?', re.IGNORECASE)
# what may stand on one side only; a date is KITTI's folder of a day
_NO_NAME = re.compile(
    r'images?|imgs?|rgb|colou?r|photos?|pictures?|left|sync|data|gt|groundtruth|proj|raw|annotated|val|train|test|'
    r'training|testing|selection|cropped|depths?|depthmaps?|maps?|syncdepth|\d{4}_\d\d_\d\d',
    re.IGNORECASE,
)
_PARTS = re.compile(r'[_\-. ]+')


def read(root: Path, *, task: str, classes: list[str]) -> LabelledFolder | None:
    """The data set; None: there are no depth maps."""
    pictures, arrays = files_below(root, IMAGE_SUFFIXES), files_below(root, ARRAYS)
    if not pictures:
        return None
    # a folder around all of them says nothing
    top = Path(os.path.commonpath([path.parent for path in (*pictures, *arrays)]))
    named = [path for path in (*pictures, *arrays) if _says(path.relative_to(top), _DEPTH)]
    depths = [
        path
        for path in dict.fromkeys((*named, *arrays))
        if path.suffix.lower() in (*_PICTURES, *ARRAYS) and not _says(path.relative_to(top), _COLOURED)
    ]
    # photographs have no 16 bits
    deep = {path for path in pictures if path.suffix.lower() in _PICTURES and path not in {*named} and _is_deep(path)}
    depths = depths or sorted(deep)
    no_images = {*depths, *named, *deep, *(path for path in pictures if _says(path.relative_to(top), _DISPARITY))}
    images = [path for path in pictures if path not in no_images]
    images = [path for path in images if not any(map(LABELS.match, path.relative_to(top).parts[:-1]))] or images
    if not depths or not images:
        if any(_says(path.relative_to(top), _DISPARITY) for path in pictures):
            raise UserError(f'{root}: disparities are no depths; make them depth maps in metres first')
        return None
    at = _match(images, depths, root)
    samples = [
        Sample(name='', image=image, label=at[image], split=_split(image, at[image], root))
        for image in images
        if image in at
    ]
    if not samples:
        raise UserError(
            f'{root}: {len(images)} images, as {images[0].name}, and {len(depths)} depth maps, as {depths[0].name}, '
            'and no two of one name'
        )
    found = LabelledFolder(root=root, layout=_layout(samples, root), images='', samples=samples)
    listed = take_lists(found)
    if len(samples) < len(images) and not listed:
        without = next(image for image in images if image not in at)
        found.warnings.append(f'{len(images) - len(samples)} images have no depth map, as {without}: left out')
    found.name_samples()
    return found


def _words(text: str) -> list[str]:
    return [word for word in _PARTS.split(text) if word]


def _says(path: Path, pattern: re.Pattern[str]) -> bool:
    """Whether a folder or the file's name has such a word: 'depth/x.png', 'x_depth.png', 'sync_depth_0001.png'."""
    parts = [*path.parts[:-1], path.stem]
    return any(pattern.fullmatch(word) for part in parts for word in _words(part))


def _is_deep(path: Path) -> bool:
    """Whether a picture holds more than 8 bits in one channel."""
    try:
        with Image.open(path) as image:
            return image.mode.startswith('I') or image.mode == 'F'
    except (OSError, SyntaxError, ValueError):
        return False  # it is told when its turn comes


def _match(images: Sequence[Path], depths: Sequence[Path], root: Path) -> dict[Path, Path]:
    """Image -> depth map: by part, folders and name, or by fewer of them, where those tell all files apart."""
    for key in (_split_key, _whole_key, _own_key):
        of_depths, of_images = _by_key(depths, root, key), _by_key(images, root, key)
        if of_depths is None or of_images is None:
            continue
        found = {image: of_depths[name] for name, image in of_images.items() if name in of_depths}
        if found:
            return found
    return {}


def _by_key(paths: Sequence[Path], root: Path, key: Callable[[PurePosixPath], str]) -> dict[str, Path] | None:
    """None: two files have one key."""
    found = {key(PurePosixPath(path.relative_to(root).as_posix())): path for path in paths}
    return found if len(found) == len(paths) else None


def _split_key(path: PurePosixPath) -> str:
    return f'{split_of(path)}/{_whole_key(path)}'


def _whole_key(path: PurePosixPath) -> str:
    folders = [kept for part in path.parts[:-1] if (kept := _kept(part))]
    return '/'.join([*folders, _own_key(path)])


def _own_key(path: PurePosixPath) -> str:
    return _kept(path.stem) or path.stem


def _kept(part: str) -> str:
    """A name without the words that differ between an image and its depth map."""
    if _NO_NAME.fullmatch(part):
        return ''
    return '_'.join(word for word in _words(part) if not _NO_NAME.fullmatch(word)).lower()


def _split(image: Path, depth: Path, root: Path) -> str:
    return split_of(image.relative_to(root)) or split_of(depth.relative_to(root))


def _layout(samples: Sequence[Sample], root: Path) -> str:
    """KITTI's two have units of their own, so they are told apart."""
    names = [str(sample.label) for sample in samples[:50] if sample.label]
    texts = [text.lower() for text in (root.name, *names)]
    if any('vkitti' in text for text in texts):
        return 'Virtual KITTI'
    if any(word in text for text in texts for word in ('proj_depth', 'groundtruth_depth', 'kitti')):
        return 'KITTI'
    if all(Path(name).suffix.lower() in ARRAYS for name in names):
        return 'images and depth arrays'
    return 'images and depth maps'
