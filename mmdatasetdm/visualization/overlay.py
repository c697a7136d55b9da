"""Pictures of labels on images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from PIL import Image, ImageDraw

IGNORE = 255
# of objects that must be told apart, whatever their class
OBJECT_COLOURS = (
    (230, 60, 60),
    (60, 120, 240),
    (50, 190, 80),
    (250, 190, 40),
    (170, 80, 220),
    (40, 200, 210),
    (250, 120, 190),
    (150, 110, 60),
)
HATCH = 6  # pixels from one stripe of the ignore pattern to the next


def colour_map(labels: np.ndarray, palette: Sequence[Sequence[int]]) -> np.ndarray:
    """Label map (H, W) -> (H, W, 3) uint8: each class in its colour, ignored pixels (255) in grey stripes."""
    table = np.zeros((256, 3), np.uint8)
    table[: len(palette)] = np.asarray(palette, np.uint8)
    colours = table[labels]
    rows, columns = np.indices(labels.shape)
    stripe = np.where((rows + columns) % HATCH < HATCH // 2, 210, 150).astype(np.uint8)
    return np.where((labels == IGNORE)[..., None], stripe[..., None], colours)


def depth_colours(depth: np.ndarray) -> np.ndarray:
    """Depth (H, W) -> (H, W, 3) uint8, from red (the image's nearest) to blue (its farthest); 0, no depth, is black."""
    valid = depth > 0
    near, far = np.percentile(depth[valid], (1, 99)) if valid.any() else (0.0, 1.0)
    share = np.clip((depth - near) / max(far - near, 1e-6), 0, 1)
    colours = (colormaps['turbo'](1 - share)[..., :3] * 255).round().astype(np.uint8)
    return np.where(valid[..., None], colours, 0).astype(np.uint8)


def draw_joints(image: np.ndarray, people: Sequence[Mapping], skeleton: Sequence[Sequence[int]]) -> np.ndarray:
    """An image with people's joints and bones: seen ones in full colour, hidden ones pale.

    Args:
        image: (H, W, 3) uint8; it is drawn at twice its size if it is smaller than 256 pixels.
        people: COCO annotations with ``keypoints``.
        skeleton: pairs of joint numbers, from 1.
    """
    factor = 2 if max(image.shape[:2]) < 256 else 1
    picture = Image.fromarray(image).resize((image.shape[1] * factor, image.shape[0] * factor))
    draw = ImageDraw.Draw(picture)
    for number, person in enumerate(people):
        colour = OBJECT_COLOURS[number % len(OBJECT_COLOURS)]
        pale = tuple((value + 255) // 2 for value in colour)
        joints = np.asarray(person['keypoints'], float).reshape(-1, 3)
        at = [tuple((joint[:2] + 0.5) * factor) for joint in joints]
        for start, end in skeleton:
            seen = min(joints[start - 1, 2], joints[end - 1, 2])
            if seen > 0:
                draw.line([at[start - 1], at[end - 1]], fill=colour if seen > 1 else pale, width=factor)
        for (x, y), seen in zip(at, joints[:, 2], strict=True):
            if seen > 0:
                fill = colour if seen > 1 else pale
                draw.ellipse([x - factor, y - factor, x + factor, y + factor], fill=fill, outline=(20, 20, 20))
    return np.asarray(picture)


def overlay(
    image: np.ndarray,
    labels: np.ndarray,
    palette: Sequence[Sequence[int]],
    *,
    opacity: float = 0.5,
    background: int | None = 0,
) -> np.ndarray:
    """Image (H, W, 3) uint8 under its labels (H, W), with a line around each region.

    Args:
        opacity: of the labels, 0 to 1.
        background: a class that is left clear; None where there is no such class.
    """
    colours = colour_map(labels, palette).astype(float)
    strength = np.full(labels.shape, opacity)
    strength[edges(labels)] = 1.0
    if background is not None:
        strength[labels == background] = 0.0
    strength = strength[..., None]
    return (image * (1 - strength) + colours * strength).round().astype(np.uint8)


def edges(labels: np.ndarray) -> np.ndarray:
    """(H, W) bool: pixels whose right or lower neighbour has another label."""
    found = np.zeros(labels.shape, bool)
    found[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    found[:-1] |= labels[:-1] != labels[1:]
    return found
