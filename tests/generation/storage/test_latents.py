"""Kept latents: equal bytes for equal values."""

import io

import numpy as np

from mmdatasetdm.generation.storage.latents import encode_latents, latents_path


def test_latents_are_equal_bytes():
    latents = np.random.default_rng(0).normal(size=(3, 4, 2, 2)).astype(np.float16)
    data = encode_latents(range(3), latents)
    stored = np.load(io.BytesIO(data))
    assert stored['ids'].tolist() == [0, 1, 2] and (stored['latents'] == latents).all()
    assert data == encode_latents(range(3), list(latents))
    assert latents_path(3) == 'latents/00003.npz'
