"""The generator's training, for a few steps on a handful of images: it runs, resumes, and its result loads."""

import argparse
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from mmdatasetdm.assets import TOYROOM_DATA
from mmdatasetdm.diffusion import Generator
from projects.toyroom import autoencoder, train_generator


@pytest.fixture(scope='module')
def trained(tmp_path_factory) -> argparse.Namespace:
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
    common = dict(pool=pool, work=work, out=root / 'generator', init=None, seed=0, save_every=100, ema=0.9, decay=0.25)
    autoencoder.train_autoencoder(argparse.Namespace(steps=2, batch=2, lr=1e-3, **common))
    args = argparse.Namespace(steps=2, batch=4, lr=1e-3, **common)
    autoencoder.encode_pool(args)
    train_generator.Trainer(args).run()
    return args


def test_the_autoencoder_starts_from_the_mean_colour_of_blocks():
    torch.manual_seed(0)
    net = autoencoder.build_autoencoder().eval()
    plain = torch.tensor([0.5, -0.4, 0.1])[None, :, None, None].expand(1, 3, 64, 64).clone()
    plain[..., 32:] *= -1
    with torch.no_grad():
        out = net.decode(net.encode(plain).latent_dist.mode()).sample
    change = out[0, :, 16:48, 8:24].mean((1, 2)) - out[0, :, 16:48, 40:56].mean((1, 2))
    assert torch.nn.functional.cosine_similarity(change, torch.tensor([0.5, -0.4, 0.1]), 0) > 0.6


def test_latents_hold_each_image_and_its_mirror_image(trained):
    latents = np.load(trained.work / 'latents_000000.npy')
    assert latents.shape == (30, 2, autoencoder.LATENT, 16, 16)
    assert np.abs(latents[:, 0] - latents[:, 1]).max() > 0


def test_training_resumes_at_its_step_and_repeats_its_losses(trained):
    first, second = train_generator.Trainer(trained), train_generator.Trainer(trained)
    assert first.step == 2
    assert first.loss(2).item() == second.loss(2).item() != second.loss(3).item()


def test_what_it_leaves_is_a_generator(trained):
    generator = Generator.load(trained.out)
    assert generator.image_size == 128
    assert generator.strides == (8, 16, 32)
    latents = generator.sample(['a red chair'], seeds=[0], steps=2, guidance=1)
    assert latents.shape == (1, autoencoder.LATENT, 16, 16)
    assert generator.decode_latents(latents).shape == (1, 3, 128, 128)
    assert generator.missing_phrases('a red chair, a dog', ['chair', 'dog', 'sofa']) == ['sofa']


def test_training_goes_on_from_a_generator(trained, tmp_path):
    args = argparse.Namespace(**{**vars(trained), 'work': tmp_path, 'init': trained.out, 'out': None})
    autoencoder.encode_pool(args)
    trainer = train_generator.Trainer(args)
    assert trainer.step == 0
    torch.testing.assert_close(
        trainer.nets['unet'].conv_in.weight.detach(), Generator.load(trained.out)._denoiser.unet.conv_in.weight
    )


def test_scenes_of_one_object_and_of_small_ones_come_more_often(trained):
    odds = np.diff(train_generator.Trainer(trained).odds[:3], prepend=0)  # a chair; a dog and a ball; two people
    assert odds / odds[2] == pytest.approx([3 / 0.5, 3 / 0.5, 1])


def test_near_views_have_their_share(trained, tmp_path):
    stored = dict(np.load(trained.pool / 'images_000000.npz'))
    stored['captions'] = np.array([f'near {c}' if i < 10 else c for i, c in enumerate(stored['captions'])])
    np.savez(tmp_path / 'images_000000.npz', **stored)
    shutil.copy(trained.work / 'latents_000000.npy', tmp_path)
    changes = dict(pool=tmp_path, work=tmp_path, init=trained.out, near_share=0.25)
    args = argparse.Namespace(**{**vars(trained), **changes})
    assert train_generator.Trainer(args).odds[9] == pytest.approx(0.25)
