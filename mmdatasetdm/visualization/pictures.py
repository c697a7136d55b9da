"""One sample in pictures: each kind of label on the image, and all of them side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mmdatasetdm.utils.io import read_image
from mmdatasetdm.visualization.labels import background_of, read_labels
from mmdatasetdm.visualization.overlay import composite, depth_colours, draw_keypoints, overlay, tint_instances

# the pictures in the order in which they are shown side by side
PANELS = ('image', 'masks', 'instances', 'depth', 'keypoints')
HEIGHT = 256  # least height of a picture in the row, in pixels
GAP = 8
TITLE = 26  # height of the line with a picture's name


def draw_labels(root: Path, record: Mapping, dataset: Mapping) -> dict[str, np.ndarray]:
    """Pictures (H, W, 3) uint8 of one sample: ``image`` and, as far as the sample has these labels, ``masks``,
    ``instances``, ``keypoints`` (each on the image, the last perhaps at twice the size) and ``depth``.

    The arguments are those of :func:`read_labels`.
    """
    labels = read_labels(root, record, dataset)
    image = read_image(labels.image)
    drawn = {'image': image}
    if labels.semantic is not None:
        background = background_index(dataset)
        drawn['masks'] = overlay(image, labels.semantic, dataset['palette'], background=background)
    if labels.instances is not None:
        drawn['instances'] = composite(image, tint_instances(labels.instances, labels.size))
    if labels.persons is not None:
        drawn['keypoints'] = draw_keypoints(image, labels.persons, dataset.get('skeleton', ()))
    if labels.depth is not None:
        drawn['depth'] = depth_colours(labels.depth.astype(np.float32))
    return drawn


def background_index(dataset: Mapping) -> int | None:
    name = background_of(dataset)
    return None if name is None else dataset['classes'].index(name)


def fullest(records: Iterable[Mapping]) -> Mapping | None:
    """The selected sample that shows most: persons and instances first, then the surest masks; the first of equals."""

    def fullness(record: Mapping) -> tuple:
        scores = record['scores'] or {}
        persons = scores.get('pose', {}).get('people', 0)
        instances = scores.get('instance', {}).get('objects', 0)
        return persons > 0, instances > 0, scores.get('confidence', 0.0)

    return max((record for record in records if record['selected']), key=fullness, default=None)


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
