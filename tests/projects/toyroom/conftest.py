"""How mujoco renders, said before any test imports it; and a generator after a few steps of training."""

import argparse
import os

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.toyroom.paths import TOYROOM_DATA

os.environ.setdefault('MUJOCO_GL', 'egl')

from projects.toyroom import autoencoder, train_generator


@pytest.fixture(scope='session')
def trained(tmp_path_factory) -> argparse.Namespace:
    """Arguments of a training of a few steps on a few images, and in its folders what it left."""
    root = tmp_path_factory.mktemp('generator')
    pool, work = root / 'pool', root / 'work'
    pool.mkdir()
    work.mkdir()
    images = [np.asarray(Image.open(p)) for p in sorted((TOYROOM_DATA / 'JPEGImages').glob('train_*.jpg'))[:30]]
    captions = ['a room with a red chair', 'a dog and a ball in a street', 'two people in a room'] * 10
    np.savez(
        pool / 'images_000000.npz',
        images=np.stack(images),
        captions=np.array(captions),
        classes=np.array(['chair', 'dog,ball', 'person,person'] * 10),
    )
    common = dict(pool=pool, work=work, out=root / 'generator', init=None, seed=0, minutes=100, ema=0.9, decay=0.25)
    autoencoder.train_autoencoder(argparse.Namespace(steps=2, batch=2, lr=1e-3, smooth=0.5, **common))
    common['denoiser'] = 'unet'
    args = argparse.Namespace(samples=8, batch=4, lr=1e-3, device='cpu', muon=True, pairs=3.0, **common)
    autoencoder.encode_pool(args)
    train_generator.Trainer(args).run()
    return args
