"""Pictures of labels on images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from PIL import Image, ImageDraw

from mmdatasetdm.generation.records import Person

IGNORE = 255
# of instances that must be told apart, whatever their class
INSTANCE_COLOURS = (
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
    table[: len(palette)] = np.asarray(palette, np.uint8).reshape(-1, 3)
    colours = table[labels]
    rows, columns = np.indices(labels.shape)
    stripe = np.where((rows + columns) % HATCH < HATCH // 2, 210, 150).astype(np.uint8)
    return np.where((labels == IGNORE)[..., None], stripe[..., None], colours)


def tint(
    labels: np.ndarray, palette: Sequence[Sequence[int]], *, opacity: float = 0.5, background: int | None = 0
) -> np.ndarray:
    """Label map (H, W) -> a transparent layer (H, W, 4) uint8, with an opaque line around each region.

    Args:
        opacity: of the regions, 0 to 1.
        background: a class that is left clear; None where there is no such class.
    """
    strength = np.full(labels.shape, round(opacity * 255), np.uint8)
    strength[edges(labels)] = 255
    if background is not None:
        strength[labels == background] = 0
    return np.dstack([colour_map(labels, palette), strength])


def tint_instances(
    masks: Sequence[tuple[np.ndarray, bool]], size: tuple[int, int], *, opacity: float = 0.5
) -> np.ndarray:
    """Instances (mask, is it a crowd) -> a transparent layer (H, W, 4) uint8 of ``size`` (H, W): each instance in a
    colour of its own, crowds in grey stripes.
    """
    labels, number = np.zeros(size, np.uint8), 0
    for mask, crowd in masks:
        labels[mask] = IGNORE if crowd else 1 + number % len(INSTANCE_COLOURS)
        number += not crowd
    return tint(labels, [(0, 0, 0), *INSTANCE_COLOURS], opacity=opacity)


def composite(image: np.ndarray, layer: np.ndarray) -> np.ndarray:
    """Image (H, W, 3) uint8 under a layer (H, W, 4) uint8 -> (H, W, 3) uint8."""
    strength = layer[..., 3:] / 255
    return (image * (1 - strength) + layer[..., :3] * strength).round().astype(np.uint8)


def overlay(
    image: np.ndarray,
    labels: np.ndarray,
    palette: Sequence[Sequence[int]],
    *,
    opacity: float = 0.5,
    background: int | None = 0,
) -> np.ndarray:
    """Image (H, W, 3) uint8 under its label map (H, W); the options are those of :func:`tint`."""
    return composite(image, tint(labels, palette, opacity=opacity, background=background))


def edges(labels: np.ndarray) -> np.ndarray:
    """(H, W) bool: pixels whose right or lower neighbour has another label."""
    found = np.zeros(labels.shape, bool)
    found[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    found[:-1] |= labels[:-1] != labels[1:]
    return found


def depth_colours(depth: np.ndarray) -> np.ndarray:
    """Depth (H, W) -> (H, W, 3) uint8, from red (the image's nearest) to blue (its farthest); 0, no depth, is black."""
    valid = depth > 0
    near, far = np.percentile(depth[valid], (1, 99)) if valid.any() else (0.0, 1.0)
    relative = np.clip((depth - near) / max(far - near, 1e-6), 0, 1)
    colours = (colormaps['turbo'](1 - relative)[..., :3] * 255).round().astype(np.uint8)
    return np.where(valid[..., None], colours, 0).astype(np.uint8)


def draw_keypoints(image: np.ndarray, persons: Sequence[Person], skeleton: Sequence[Sequence[int]]) -> np.ndarray:
    """An image with the keypoints and bones of persons: visible ones in full colour, hidden ones pale.

    Args:
        image: (H, W, 3) uint8; it is drawn at twice its size if it is smaller than 256 pixels.
        persons: their keypoints are taken.
        skeleton: pairs of keypoint numbers, from 1.
    """
    factor = 2 if max(image.shape[:2]) < 256 else 1
    picture = Image.fromarray(image).resize((image.shape[1] * factor, image.shape[0] * factor))
    draw = ImageDraw.Draw(picture)
    for colour, points, bones in skeletons(persons, skeleton):
        for start, end, visible in bones:
            line = [tuple(points[index, :2] * factor) for index in (start, end)]
            draw.line(line, fill=colour if visible else pale(colour), width=factor)
        for x, y, visibility in points[points[:, 2] > 0]:
            box = [x * factor - factor, y * factor - factor, x * factor + factor, y * factor + factor]
            draw.ellipse(box, fill=colour if visibility > 1 else pale(colour), outline=(20, 20, 20))
    return np.asarray(picture)


def skeletons(persons: Sequence[Person], skeleton: Sequence[Sequence[int]]) -> list[tuple]:
    """Per person: its colour; points (K, 3), x and y of the pixels' centres and visibility; bones between labelled
    keypoints (index, index, are both visible).
    """
    drawn = []
    for number, person in enumerate(persons):
        points = np.asarray(person.keypoints, float).reshape(-1, 3) + (0.5, 0.5, 0)
        pairs = [(start - 1, end - 1) for start, end in skeleton]
        lowest = [min(points[start, 2], points[end, 2]) for start, end in pairs]
        bones = [(*pair, least > 1) for pair, least in zip(pairs, lowest, strict=True) if least > 0]
        drawn.append((INSTANCE_COLOURS[number % len(INSTANCE_COLOURS)], points, bones))
    return drawn


def pale(colour: Sequence[int]) -> tuple[int, ...]:
    return tuple((value + 255) // 2 for value in colour)
