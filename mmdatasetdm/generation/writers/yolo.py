"""YOLO's layout, as Ultralytics reads it: a text file of polygons or keypoints an image."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import yaml
from PIL import Image
from pycocotools import mask as rle

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.batch import Batch
from mmdatasetdm.generation.options import checked
from mmdatasetdm.generation.records import Instance, Labels, Person, SampleRecord
from mmdatasetdm.generation.storage.shards import StagedShard
from mmdatasetdm.generation.writers.voc import ImageOptions, VocWriter
from mmdatasetdm.registry import WRITERS
from mmdatasetdm.utils.io import write_atomic

TASKS = dict(segment='instance', pose='pose')


@checked
class YoloOptions(ImageOptions):
    """YOLO's layout.

    Args:
        labels: what the text files hold: 'segment', the outlines of instances, or 'pose', boxes and keypoints of
            persons. None: the instances where there are some.
    """

    type: Literal['yolo'] = 'yolo'
    labels: Literal['segment', 'pose'] | None = None


@WRITERS.register_module('yolo')
class YoloWriter(VocWriter):
    """``data.yaml``, ``train.txt`` (the selected images), ``images/train/<id>.png``, ``labels/train/<id>.txt``.

    A line of a text file is an instance: its class and the polygon around its mask, or 0, a person's box and keypoints;
    all are fractions of the image's width and height. One polygon is all that YOLO takes: parts of an instance are
    joined by lines, and holes are filled. YOLO knows no ignored regions: uncertain instances are left out. The exact
    masks are in ``Annotations/*.json``; label maps and depth are in ``semantic/train`` and ``depth/train``.
    """

    Options = YoloOptions
    options: YoloOptions
    folders = dict(image='images/train', semantic='semantic/train', depth='depth/train')

    def __init__(
        self,
        *,
        options: YoloOptions,
        classes: Sequence[str] = (),
        palette: Sequence[Sequence[int]] = (),
        categories: Mapping[int, str] | None = None,
        suffix: str | None = None,
    ):
        super().__init__(options=options, classes=classes, palette=palette, categories=categories, suffix=suffix)
        self.numbers = {category: number for number, category in enumerate(sorted(categories or {}))}
        self.labels = options.labels or ('segment' if categories else 'pose')

    def check_tasks(self, tasks: Sequence[str]) -> None:
        if TASKS[self.labels] not in tasks:
            raise UserError(
                f"writer 'yolo' with labels {self.labels!r} needs a decoder of {TASKS[self.labels]} labels; there is "
                f'{", ".join(tasks)}'
            )

    def write(self, stage: StagedShard, batch: Batch, labels: Sequence[Mapping[str, Labels] | None]) -> list[dict]:
        files = super().write(stage, batch, labels)
        for row, (sample_id, image, label) in enumerate(zip(batch.ids, batch.images, labels, strict=True)):
            if label is None or image is None:
                continue
            height, width = image.shape[:2] if isinstance(image, np.ndarray) else image_size(image[0])
            lines = self.lines(label, height=height, width=width)
            files[row]['labels'] = path = f'labels/train/{self.stem(sample_id)}.txt'
            stage.write(path, ''.join(f'{line}\n' for line in lines).encode())
        return files

    def lines(self, labels: Mapping[str, Labels], *, height: int, width: int) -> list[str]:
        """The lines of a sample's text file."""
        found = labels[TASKS[self.labels]]
        if self.labels == 'pose':
            return [person_line(one, height=height, width=width) for one in found if isinstance(one, Person)]
        lines = []
        for one in found:
            if isinstance(one, Instance) and not one.iscrowd:
                polygon = (outline(rle.decode(one.segmentation)) + 0.5) / (width, height)
                numbers = ' '.join(f'{value:.6f}' for value in polygon.ravel())
                lines.append(f'{self.numbers[one.category_id]} {numbers}')
        return lines

    def write_index(
        self,
        root: Path,
        selected: Callable[[], Iterable[SampleRecord]],
        *,
        categories: Mapping[str, Sequence[Mapping]],
    ) -> None:
        with open(root / 'train.txt.tmp', 'w', encoding='utf-8') as file:
            file.writelines(f'./{record.files["image"]}\n' for record in selected())
        (root / 'train.txt.tmp').replace(root / 'train.txt')
        found = categories[TASKS[self.labels]]
        names = {number: one['name'] for number, one in enumerate(sorted(found, key=lambda one: one['id']))}
        # Ultralytics wants both; whoever trains gives real images for validation
        content = dict(train='train.txt', val='train.txt', names=names)
        if self.labels == 'pose':
            keypoints = list(found[0]['keypoints'])
            content.update(kpt_shape=[len(keypoints), 3], flip_idx=[keypoints.index(mirrored(n)) for n in keypoints])
        text = '# val names the generated images too: give your own validation images there\n'
        write_atomic(root / 'data.yaml', (text + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)).encode())


def image_size(path: Path) -> tuple[int, int]:
    """(H, W) of an image file, from its head."""
    with Image.open(path) as image:
        return image.height, image.width


def mirrored(keypoint: str) -> str:
    """The keypoint that a mirrored image shows in its place."""
    for side, other in (('left', 'right'), ('right', 'left')):
        if keypoint.startswith(side):
            return other + keypoint.removeprefix(side)
    return keypoint


def person_line(person: Person, *, height: int, width: int) -> str:
    """0, centre and size of the box, and x, y and visibility of each keypoint."""
    x, y, w, h = person.bbox
    box = ((x + w / 2) / width, (y + h / 2) / height, w / width, h / height)
    points = np.array(person.keypoints, float).reshape(-1, 3)
    seen = points[:, 2] > 0
    points[:, :2] = np.where(seen[:, None], np.clip(points[:, :2] / (width, height), 0, 1), 0)
    keypoints = ' '.join(f'{px:.6f} {py:.6f} {int(visible)}' for px, py, visible in points)
    return f'0 {" ".join(f"{value:.6f}" for value in box)} {keypoints}'


def outline(mask: np.ndarray) -> np.ndarray:
    """A mask (H, W) -> one polygon (N, 2) of pixels x, y; its parts are joined where they are nearest to each other."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    parts = sorted((contour[:, 0].astype(float) for contour in contours), key=len, reverse=True)
    whole = parts.pop(0)
    while parts:
        gaps = [np.linalg.norm(whole[:, None] - part[None], axis=2) for part in parts]
        nearest = min(range(len(parts)), key=lambda index: gaps[index].min())
        here, there = np.unravel_index(gaps[nearest].argmin(), gaps[nearest].shape)
        part = np.roll(parts.pop(nearest), -int(there), axis=0)
        whole = np.concatenate([whole[: here + 1], part, part[:1], whole[here:]])
    # a mask of one or two pixels has no area; readers want three points
    return whole if len(whole) > 2 else np.concatenate([whole, whole[:1], whole[:1]])
