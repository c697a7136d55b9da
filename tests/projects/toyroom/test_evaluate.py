"""What the evaluation of the generator computes."""

import argparse

import numpy as np
import pytest

pytest.importorskip('mujoco', reason='the renderer is not installed: pip install -r requirements/toyroom.txt')

from projects.toyroom.evaluate import autoencoder, frechet


def test_the_frechet_distance_of_shifted_normal_features_is_the_shift():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 4))
    assert frechet(x, x) == pytest.approx(0, abs=1e-6)
    assert frechet(x + [3, 0, 0, 0], x) == pytest.approx(9, rel=1e-6)
    assert frechet(2 * x, x) == pytest.approx(4, rel=0.1)  # four deviations of 1, each (2 - 1)^2


def test_the_reconstruction_of_the_shipped_autoencoder():
    result = autoencoder(argparse.Namespace(generator='toyroom'))
    assert result['images'] == 300
    assert result['psnr'] > 31
