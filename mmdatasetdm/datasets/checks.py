"""What must be true of images and label maps before a training begins: one line about the first file that is wrong."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from mmengine.logging import print_log
from PIL import Image

from mmdatasetdm.datasets.coco_file import CocoFile
from mmdatasetdm.datasets.labels import LabelReader
from mmdatasetdm.errors import UserError

_MANY = 1000  # images whose check is announced: it takes some milliseconds an image
_ORIENTATION = 0x0112
T, R = TypeVar('T'), TypeVar('R')


def for_each(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Decoders leave Python's lock alone, so a few threads are as many times faster."""
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        return list(pool.map(function, items))


def size(shape: tuple[int, ...]) -> str:
    """(H, W) -> '640x480', width first, as people say it."""
    return f'{shape[1]}x{shape[0]}'


def orientation(path: str) -> int:
    """The EXIF orientation of an image file; 1 where nothing is turned."""
    try:
        with Image.open(path) as image:
            return image.getexif().get(_ORIENTATION, 1)
    except Exception:  # a format that Pillow does not know, or EXIF that no one can read
        return 1


def turned(path: str) -> str:
    """What to add where the shapes of an image and its labels differ: OpenMMLab turns photographs upright."""
    if orientation(path) == 1:
        return ''
    return '; its EXIF orientation turns the image on loading: save it upright, without EXIF, or turn the labels'


def say_begin(infos: list) -> None:
    if len(infos) > _MANY:
        print_log(f'checking {len(infos)} images and their labels', logger='current')


def check_label_maps(dataset: Any, infos: list[dict]) -> None:
    """Every image and label map of mmseg's classes: that they open, have one shape, and hold ids of the classes.

    Args:
        dataset: the stock data set.
        infos: what it knows of its images.

    Raises:
        UserError: the file, what is there and what was expected.
    """
    say_begin(infos)
    reader = LabelReader(dataset)
    classes = dataset.metainfo.get('classes') or ()
    counts = sum(for_each(lambda info: _check_label_map(dataset, reader, info, classes), infos), np.zeros(256, int))
    say_orientations(infos)
    if not classes or 'depth_map_path' in infos[0] or 'seg_map_path' not in infos[0]:
        return
    named = np.flatnonzero(counts[: len(classes)])
    ignored = counts[dataset.ignore_index] if dataset.ignore_index < 256 else 0
    example = f'{len(infos)} label maps, as {infos[0]["seg_map_path"]}'
    if not len(named):
        raise UserError(
            f'{example}: every pixel is {dataset.ignore_index}, which is ignored; {_expected(dataset, classes)}'
        )
    if not dataset.test_mode and len(classes) > 1 and len(named) == 1 and ignored:
        raise UserError(
            f'{example}: there are no ids but {named[0]} and {dataset.ignore_index}, and {dataset.ignore_index} is '
            f'ignored; {_expected(dataset, classes)} (masks of 0 and 255 want 1 in the place of 255)'
        )


def _check_label_map(dataset: Any, reader: LabelReader, info: dict, classes: tuple[str, ...]) -> np.ndarray:
    """Pixels of each id (256)."""
    image, key = reader.image_shape(info), next((k for k in ('seg_map_path', 'depth_map_path') if k in info), None)
    if key is None:
        return np.zeros(256, int)
    label, path = reader.label(info), info[key]
    if label.shape != image:
        raise UserError(
            f'{path}: the label map is {size(label.shape)}, but its image {info["img_path"]} is {size(image)}'
            f'{turned(info["img_path"])}'
        )
    if key == 'depth_map_path':
        return np.zeros(256, int)
    ids = _raw_ids_above_255(path)
    counts = np.bincount(label.astype(np.uint8).ravel(), minlength=256)
    if classes and not len(ids):
        known = [*range(len(classes)), dataset.ignore_index]
        ids = np.setdiff1d(np.flatnonzero(counts), known)
    if len(ids):
        raise UserError(f'{path}: {_some(ids)} in the label map; {_expected(dataset, classes)}')
    return counts


def _raw_ids_above_255(path: str) -> np.ndarray:
    """mmseg takes label maps of 16 bits as if they had 8: of those the ids that it would change."""
    with Image.open(path) as image:
        if not image.mode.startswith('I'):
            return np.zeros(0, int)
        ids = np.unique(np.asarray(image))
    return ids[(ids > 255) | (ids < 0)]


def _some(ids: np.ndarray) -> str:
    names = ', '.join(map(str, ids[:5])) + (', …' if len(ids) > 5 else '')
    return f'id {names}' if len(ids) == 1 else f'ids {names}'


def _expected(dataset: Any, classes: tuple[str, ...]) -> str:
    if not classes:
        return f'expected 0 to {dataset.ignore_index}'
    first = 'after reduce_zero_label 0' if dataset.reduce_zero_label else '0'
    return (
        f'expected {first} to {len(classes) - 1} ({len(classes)} classes, {classes[0]} to {classes[-1]}) and '
        f'{dataset.ignore_index} for ignored pixels'
    )


def check_images(dataset: Any, infos: list[dict], coco: CocoFile) -> None:
    """Every image of a COCO file: that it opens, and has the height and width that the file says.

    Raises:
        UserError: the image, its size and the file's.
    """
    if getattr(dataset, 'bbox_file', None):
        return  # a test on boxes of a detector: nothing is labelled
    paths = {info['img_path']: info['img_id'] for info in infos}
    say_begin(list(paths))
    reader = LabelReader(dataset)
    for (path, image), shape in zip(
        paths.items(), for_each(lambda path: reader.image_shape(dict(img_path=path)), paths), strict=True
    ):
        known = coco.images[image]['height'], coco.images[image]['width']
        if shape != known:
            raise UserError(f'{path} is {size(shape)}, but {coco.path} says {size(known)}{turned(path)}')
    say_orientations(infos)


def say_orientations(infos: list[dict]) -> None:
    """A photograph that is turned on loading may have labels of its unturned pixels, which a square does not show."""
    paths = [path for path in dict.fromkeys(info['img_path'] for info in infos) if orientation(path) != 1]
    if paths:
        print_log(
            f'{len(paths)} images are turned on loading, as their EXIF orientation says ({paths[0]}): their labels '
            'must be of the turned images',
            logger='current',
            level=30,
        )
