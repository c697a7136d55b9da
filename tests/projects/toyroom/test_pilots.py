"""The pilots train for the time that they are given, and every net in their lists can be built."""

import argparse

import numpy as np
import torch

from projects.toyroom import pilots


def test_a_pilot_learns_in_its_time(tmp_path):
    y, x = np.mgrid[:128, :128]
    shades = np.random.default_rng(0).uniform(0, 1, (320, 1, 1, 3))
    np.savez(tmp_path / 'images_000000.npz', images=((x + y)[None, ..., None] * shades).astype(np.uint8))
    torch.set_num_threads(1)
    args = argparse.Namespace(name='kl-6', pool=tmp_path, seconds=8, lr=2e-3)
    first = pilots.pilot_autoencoder(argparse.Namespace(**{**vars(args), 'seconds': 0.01}))
    result = pilots.pilot_autoencoder(args)
    assert result['parameters'] == 0.95 and result['steps'] > 3
    assert result['psnr'] > first['psnr']


def test_every_net_can_be_built():
    for name in pilots.AUTOENCODERS:
        net, smooth = pilots.build_named(name)
        assert pilots.millions(net) > 0.5 and smooth in (0.0, 0.5)
    sizes = {name: pilots.millions(pilots.build_denoiser(name)[0]) for name in pilots.DENOISERS}
    assert all(size < 17 for size in sizes.values()), 'what ships has at most 30 MB in half precision with the rest'


def test_a_cost_is_the_least_of_a_few():
    assert 0 <= pilots.cost_of(lambda i: None) < 0.1
