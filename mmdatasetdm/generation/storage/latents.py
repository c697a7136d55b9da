"""Finished latents on disk, from which another decoder can annotate without sampling again."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np


def latents_path(shard_index: int) -> str:
    """Path of a shard's latents below the data set's folder."""
    return f'latents/{shard_index:05d}.npz'


def encode_latents(ids: Sequence[int], latents: Sequence[np.ndarray]) -> bytes:
    """The npz of a shard: ``ids`` (n,) int64, ``latents`` (n, c, h, w) float16; equal bytes for equal values."""
    buffer = io.BytesIO()
    np.savez(buffer, ids=np.asarray(ids, np.int64), latents=np.stack(latents).astype(np.float16))
    return buffer.getvalue()
