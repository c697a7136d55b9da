"""The rendered images that the generator is trained on, as `render.py pool` leaves them."""

import os
from pathlib import Path

import numpy as np
import torch

SHARD = 500  # images in a file


def save(state: dict, path: Path) -> None:
    """Write whole or not at all: a run may be killed at any moment."""
    torch.save(state, path.with_suffix('.partial'))
    os.replace(path.with_suffix('.partial'), path)


def pool_images(pool: Path) -> np.ndarray:
    return np.concatenate([np.load(p)['images'] for p in sorted(pool.glob('images_*.npz'))])


def pool_captions(pool: Path) -> list[str]:
    return [str(c) for p in sorted(pool.glob('images_*.npz')) for c in np.load(p)['captions']]


def pool_objects(pool: Path) -> list[list[str]]:
    """The class of each object that an image's caption names, image by image."""
    return [c.split(',') for p in sorted(pool.glob('images_*.npz')) for c in np.load(p)['classes'].tolist()]


def to_tensor(images: np.ndarray) -> torch.Tensor:
    """(B, H, W, 3) uint8 -> (B, 3, H, W) in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
