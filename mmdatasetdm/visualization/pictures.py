"""One sample in pictures: each kind of label on the image, and all of them side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mmdatasetdm.generation.dataset_info import DatasetInfo
from mmdatasetdm.generation.records import ManifestLine, Person, SampleRecord
from mmdatasetdm.utils.io import read_image
from mmdatasetdm.visualization.labels import background_of, read_labels
from mmdatasetdm.visualization.overlay import composite, depth_colours, draw_keypoints, overlay, tint_instances

# the pictures in the order in which they are shown side by side
PANELS = ('image', 'masks', 'instances', 'depth', 'keypoints')
HEIGHT = 256  # least height of a picture in the row, in pixels
GAP = 8
TITLE = 26  # height of the line with a picture's name


def draw_labels(root: Path, record: SampleRecord, dataset: DatasetInfo) -> dict[str, np.ndarray]:
    """Pictures of one sample of a generated folder, as :func:`draw_sample` draws them.

    The arguments are those of :func:`read_labels`.
    """
    labels = read_labels(root, record, dataset)
    return draw_sample(
        read_image(labels.image),
        semantic=labels.semantic,
        instances=labels.instances,
        persons=labels.persons,
        depth=labels.depth,
        palette=dataset.palette,
        background=background_index(dataset),
        skeleton=dataset.skeleton,
    )


def draw_sample(
    image: np.ndarray,
    *,
    semantic: np.ndarray | None = None,
    instances: Sequence[tuple[np.ndarray, bool]] | None = None,
    persons: Sequence[Person] | None = None,
    depth: np.ndarray | None = None,
    palette: Sequence[Sequence[int]] = (),
    background: int | None = None,
    skeleton: Sequence[Sequence[int]] = (),
) -> dict[str, np.ndarray]:
    """Pictures (H, W, 3) uint8 of an image (H, W, 3): ``image`` and, as far as it has these labels, ``masks``,
    ``instances``, ``keypoints`` (each on the image, the last perhaps at twice the size) and ``depth``.

    Args:
        semantic: (H, W), indices into ``palette``, 255 where ignored.
        instances: (mask (H, W) bool, is it a crowd) of each.
        persons: COCO annotations with ``keypoints``.
        depth: (H, W), 0 where unknown.
        palette: RGB of each class.
        background: the class that is left clear; None: none is.
        skeleton: pairs of keypoint numbers, from 1.
    """
    drawn = {'image': image}
    if semantic is not None:
        drawn['masks'] = overlay(image, semantic, palette, background=background)
    if instances is not None:
        drawn['instances'] = composite(image, tint_instances(instances, image.shape[:2]))
    if persons is not None:
        drawn['keypoints'] = draw_keypoints(image, persons, skeleton)
    if depth is not None:
        drawn['depth'] = depth_colours(depth.astype(np.float32))
    return drawn


def background_index(dataset: DatasetInfo) -> int | None:
    name = background_of(dataset)
    return None if name is None else dataset.classes.index(name)


def fullest(records: Iterable[ManifestLine]) -> ManifestLine | None:
    """The selected sample that shows most: persons and instances first, then the surest masks; the first of equals."""

    def fullness(record: ManifestLine) -> tuple:
        pose, instance, semantic = record.scores.pose, record.scores.instance, record.scores.semantic
        persons, instances = pose is not None and pose.persons > 0, instance is not None and instance.instances > 0
        return persons, instances, semantic.confidence if semantic else 0.0

    return max((record for record in records if record.selected), key=fullness, default=None)


def side_by_side(pictures: Mapping[str, np.ndarray]) -> np.ndarray:
    """Pictures of one sample, by the names in ``PANELS``, in a row with a title each: (H, W, 3) uint8."""
    shown = [name for name in PANELS if name in pictures]
    height, width = pictures['image'].shape[:2]
    factor = -(-HEIGHT // height)
    height, width = height * factor, width * factor
    sheet = Image.new('RGB', (len(shown) * (width + GAP) + GAP, height + TITLE + GAP), 'white')
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=15)
    for index, name in enumerate(shown):
        left = GAP + index * (width + GAP)
        draw.text((left, 4), name, fill=(30, 30, 30), font=font)
        sheet.paste(Image.fromarray(pictures[name]).resize((width, height), Image.Resampling.BILINEAR), (left, TITLE))
    return np.asarray(sheet)
