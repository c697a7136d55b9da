"""Seeds: every random stream of a data set is named by (recipe seed, sample id, purpose)."""

from __future__ import annotations

import hashlib
import random


def sample_seed(recipe_seed: int, sample_id: int, stream: str) -> int:
    """A 63-bit seed for one purpose of one sample.

    A hash, not ``recipe_seed + sample_id``: the streams of two recipes, two samples or two purposes ('image',
    'prompt') never run into each other, whichever worker draws them.
    """
    digest = hashlib.sha256(f'{recipe_seed}/{sample_id}/{stream}'.encode()).digest()
    return int.from_bytes(digest[:8], 'big') >> 1


def sample_rng(recipe_seed: int, sample_id: int, stream: str) -> random.Random:
    """Python's generator, seeded by :func:`sample_seed`."""
    return random.Random(sample_seed(recipe_seed, sample_id, stream))
