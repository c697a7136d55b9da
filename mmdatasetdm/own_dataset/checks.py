"""What is looked at in a labelled folder before anything is written: parts, duplicates, sizes, classes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from mmdatasetdm.datasets.checks import for_each, orientation, size, turned
from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.samples import LabelledFolder, Sample
from mmdatasetdm.utils.checksum import sha256_file

HELD_OUT = 5  # one image of so many is for validation, where the layout names no such part
OFTEN = 0.99  # a class in so large a part of the images is in every picture
_SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that exchange height and width


def divide(found: LabelledFolder) -> None:
    """Give every image its part, 'train' or 'val', evenly spaced where the layout does not say.

    Raises:
        UserError: there are fewer than two images.
    """
    for sample in found.samples:
        sample.split = sample.split or 'train'
    train = found.of('train')
    if not train:
        raise UserError(f'{found.root}: all images are for {found.samples[0].split}, none for training')
    if found.of('val'):
        return
    if len(train) < 2:
        raise UserError(f'{found.root}: there is one labelled image; at least two are needed, one of them to validate')
    held_out = train[min(HELD_OUT, len(train)) - 1 :: HELD_OUT]
    for sample in held_out:
        sample.split = 'val'
    found.notes.append(f'no validation images are named: {len(held_out)} of {len(train)} are held out, evenly spaced')


def check_duplicates(found: LabelledFolder) -> None:
    """Warn of images that are there twice, by the hash of their files, above all in training and validation."""
    same: dict[str, list[Sample]] = defaultdict(list)
    for sample, checksum in zip(
        found.samples, for_each(lambda one: sha256_file(one.image), found.samples), strict=True
    ):
        same[checksum].append(sample)
    several = [samples for samples in same.values() if len(samples) > 1]
    across = [samples for samples in several if len({one.split for one in samples}) > 1]
    for samples, what in (
        (across, 'are in two parts, so that training sees what it is tested on'),
        ([samples for samples in several if samples not in across], 'are there more than once'),
    ):
        if samples:
            example = ' and '.join(f'{one.image} ({one.split})' for one in samples[0][:2])
            found.warnings.append(f'{len(samples)} images {what}, as {example}')


def image_shape(path: Path) -> tuple[int, int]:
    """(H, W) of an image as training loads it, turned as its EXIF orientation says.

    Raises:
        UserError: it is no image, or damaged.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
            image.load()
    except (UnidentifiedImageError, SyntaxError, ValueError, OSError) as error:
        raise UserError(f'{path} is no image, or damaged: {error}') from None
    return (width, height) if orientation(str(path)) in _SIDEWAYS else (height, width)


def check_size(sample: Sample, labels: tuple[int, int]) -> None:
    """UserError where an image and its labels (H, W) differ in size."""
    shape = image_shape(sample.image)
    if shape != labels:
        raise UserError(
            f'{sample.label or sample.image}: the labels are {size(labels)}, but the image {sample.image} is '
            f'{size(shape)}{turned(str(sample.image))}'
        )


def check_orientations(found: LabelledFolder) -> None:
    """Warn of square photographs that loading turns: their sizes do not tell whether the labels are turned too."""
    paths = [one.image for one in found.samples if orientation(str(one.image)) != 1]
    if paths:
        found.warnings.append(
            f'{len(paths)} images are turned on loading, as their EXIF orientation says ({paths[0]}): look in '
            'labels.png whether their labels are turned too'
        )


def check_classes(
    found: LabelledFolder, images: np.ndarray, *, background: int | None, empty: Sequence[Sample]
) -> None:
    """Warn of classes that no training image shows, and of images without any label.

    Args:
        images: number of training images that show each class.
        background: its number.
        empty: the images that show no class but the background.
    """
    absent = [name for index, name in enumerate(found.classes) if not images[index] and index != background]
    if absent:
        found.warnings.append(
            f'no training image shows {", ".join(absent[:6])}{", …" if len(absent) > 6 else ""}: a decoder cannot '
            'learn what it never saw'
        )
    if len(absent) == len(found.classes) - (background is not None):
        raise UserError(f'{found.root}: no training image shows any class; are these the right labels?')
    if empty:
        found.warnings.append(f'{len(empty)} images show no class at all, as {empty[0].image}')


def in_every_picture(images: np.ndarray, count: int, *, background: int | None) -> list[int]:
    """The classes that nearly every image shows: a prompt need not name them. None, where that leaves no class."""
    often = [i for i, number in enumerate(images) if number >= OFTEN * count and i != background]
    left = [i for i, number in enumerate(images) if number and i != background and i not in often]
    return often if left and count >= 20 else []
