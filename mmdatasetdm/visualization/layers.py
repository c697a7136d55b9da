"""What the report page lays over an image: a file for each kind of label of a sample, transparent beside the labels."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mmdatasetdm.generation.dataset_info import DatasetInfo
from mmdatasetdm.generation.records import Person, SampleRecord
from mmdatasetdm.visualization.labels import SampleLabels, read_labels
from mmdatasetdm.visualization.overlay import depth_colours, pale, skeletons, tint, tint_instances
from mmdatasetdm.visualization.pictures import background_index

# the layers in the order in which the page offers them, with the endings of their files
LAYERS = dict(masks='.png', instances='.png', keypoints='.svg', depth='.jpg')
LARGEST = 512  # pixels of a layer's longer side; larger label maps are made smaller


def draw_layers(root: Path, record: SampleRecord, dataset: DatasetInfo) -> dict[str, bytes]:
    """The layers of one sample, by their names in ``LAYERS``: contents of files.

    The arguments and errors are those of :func:`read_labels`.
    """
    return layers_of(read_labels(root, record, dataset), dataset)


def layers_of(labels: SampleLabels, dataset: DatasetInfo) -> dict[str, bytes]:
    """The same of labels that were read."""
    drawn: dict[str, bytes] = {}
    step = -(-max(labels.size) // LARGEST)
    if labels.semantic is not None:
        drawn['masks'] = _png(
            tint(labels.semantic[::step, ::step], dataset.palette, background=background_index(dataset))
        )
    if labels.instances is not None:
        small = [(mask[::step, ::step], crowd) for mask, crowd in labels.instances]
        drawn['instances'] = _png(tint_instances(small, labels_shape(labels.size, step)))
    if labels.persons is not None:
        drawn['keypoints'] = keypoints_svg(labels.persons, dataset.skeleton, labels.size).encode()
    if labels.depth is not None:
        drawn['depth'] = _jpeg(depth_colours(labels.depth[::step, ::step].astype(np.float32)))
    return drawn


def labels_shape(size: tuple[int, int], step: int) -> tuple[int, int]:
    """(H, W) of a map of ``size`` of which every ``step``-th row and column is taken."""
    return -(-size[0] // step), -(-size[1] // step)


def keypoints_svg(persons: Sequence[Person], skeleton: Sequence[Sequence[int]], size: tuple[int, int]) -> str:
    """Keypoints and bones in an image of ``size`` (H, W) as a picture of lines; only numbers of the data go into it."""
    height, width = size
    unit = max(size) / 128
    lines = []
    for colour, points, bones in skeletons(persons, skeleton):
        for start, end, visible in bones:
            (x1, y1), (x2, y2) = points[start, :2], points[end, :2]
            lines.append(
                f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{_rgb(colour if visible else pale(colour))}" '
                f'stroke-width="{unit:.2f}" stroke-linecap="round"/>'
            )
        for x, y, visibility in points[points[:, 2] > 0]:
            lines.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{1.2 * unit:.2f}" fill="'
                f'{_rgb(colour if visibility > 1 else pale(colour))}" stroke="#fff" stroke-width="{0.35 * unit:.2f}"/>'
            )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{"".join(lines)}</svg>\n'


def _rgb(colour: Sequence[int]) -> str:
    return f'#{colour[0]:02x}{colour[1]:02x}{colour[2]:02x}'


def _png(layer: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(layer).save(buffer, 'PNG')
    return buffer.getvalue()


def _jpeg(picture: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, 'JPEG', quality=85)
    return buffer.getvalue()
