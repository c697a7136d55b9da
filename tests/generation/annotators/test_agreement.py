"""Uncertainty of one decoder and disagreement of several, on probabilities whose values are known."""

import math

import pytest
import torch
from scipy.spatial.distance import jensenshannon

from mmdatasetdm.generation.annotators.agreement import disagreement, uncertainty


def test_uncertainty():
    sure, even = torch.tensor([1.0, 0, 0, 0]), torch.full((4,), 0.25)
    maps = torch.stack([torch.stack([sure, even]), torch.stack([even, even])]).permute(0, 2, 1)[..., None]
    assert uncertainty(maps).tolist() == pytest.approx([0.5, 1.0])
    assert uncertainty(maps * 0.3).tolist() == pytest.approx([0.5, 1.0]), 'of the shares'
    half = torch.tensor([0.5, 0.5, 0, 0])[None, :, None, None]
    assert uncertainty(half).item() == pytest.approx(math.log(2) / math.log(4))


def test_disagreement_is_the_divergence_of_scipy():
    generator = torch.Generator().manual_seed(0)
    one, two = (torch.rand(2, 5, 3, 4, generator=generator, dtype=torch.float64) for _ in range(2))
    flat = [
        probs.flatten(2).permute(1, 0, 2).numpy() for probs in (one, two)
    ]  # scipy normalises them, and takes a root
    expected = (jensenshannon(*flat, axis=0, base=2) ** 2).mean(1)
    assert disagreement([one, two]).tolist() == pytest.approx(expected.tolist())


def test_disagreement_has_its_bounds():
    corners = torch.eye(3)[:, None, :, None, None].expand(3, 1, 3, 2, 2)
    assert disagreement(list(corners)).item() == pytest.approx(1.0), 'each is sure of another class'
    assert disagreement([corners[0], corners[0]]).item() == pytest.approx(0.0, abs=1e-6)
