"""Labelled folders as people have them, small and with real files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SIZE = (96, 128)  # (H, W)


def mask(index: int) -> np.ndarray:
    """A label map with one object of class 1 or 2, and some ignored pixels."""
    labels = np.zeros(SIZE, np.uint8)
    labels[20:60, 30:80] = 1 + index % 2
    labels[:4] = 255
    return labels


def photo(index: int, labels: np.ndarray | None = None) -> Image.Image:
    """An image that shows the mask as a brighter area, different for each index."""
    noise = np.random.default_rng(index).integers(0, 50, (*SIZE, 3))
    shown = (mask(index) if labels is None else labels) % 255
    return Image.fromarray((shown[..., None] * 80 + noise).astype(np.uint8))


@pytest.fixture
def pairs(tmp_path) -> Path:
    """images/ and masks/ of six images, and a list of classes."""
    root = tmp_path / 'Pets'
    for folder in ('images', 'masks'):
        (root / folder).mkdir(parents=True)
    for index in range(6):
        photo(index).save(root / f'images/{index}.jpg')
        Image.fromarray(mask(index)).save(root / f'masks/{index}.png')
    (root / 'classes.txt').write_text('background\nperson\ndog\n')
    return root
