"""Miniatures of the official downloads, in their exact layout on the disk."""

from pathlib import Path

import numpy as np
from mmengine.config import Config
from PIL import Image

from mmdatasetdm.utils.paths import locate


def save(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)


def photograph(path: Path, size: tuple[int, int]) -> np.ndarray:
    """An image of so many rows and columns, another one for each name."""
    values = np.random.default_rng(len(path.name) + sum(map(ord, path.name))).integers(0, 255, (*size, 3), np.uint8)
    save(path, values)
    return values


def base(name: str) -> Config:
    """A data set's base config, read again: the variables of the environment count."""
    return Config.fromfile(locate(f'mmdatasetdm::_base_/datasets/{name}.py'))
