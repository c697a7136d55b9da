"""The generator's training, for a few steps on a handful of images: it runs, resumes, and its result loads."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.errors import UserError
from projects.toyroom import autoencoder, nets, pilots, train_generator
from projects.toyroom.progress import progress


def test_the_autoencoder_starts_from_the_mean_colour_of_blocks():
    torch.manual_seed(0)
    net = autoencoder.build_autoencoder().eval()
    plain = torch.tensor([0.5, -0.4, 0.1])[None, :, None, None].expand(1, 3, 64, 64).clone()
    plain[..., 32:] *= -1
    with torch.no_grad():
        out = net.decode(net.encode(plain).latent_dist.mode()).sample
    change = out[0, :, 16:48, 8:24].mean((1, 2)) - out[0, :, 16:48, 40:56].mean((1, 2))
    assert torch.nn.functional.cosine_similarity(change, torch.tensor([0.5, -0.4, 0.1]), 0) > 0.6


def test_a_decoder_trained_longer_reads_the_same_latents(trained, tmp_path):
    shutil.copy(trained.work / 'autoencoder.pt', tmp_path)
    before = autoencoder.load_autoencoder(tmp_path, None)
    args = argparse.Namespace(**{**vars(trained), 'work': tmp_path, 'steps': 2, 'batch': 2, 'smooth': 0.0})
    autoencoder.train_autoencoder(args, decoder_alone=True)
    after = autoencoder.load_autoencoder(tmp_path, None)
    x = torch.rand(1, 3, 64, 64)
    latent = autoencoder.encode(after, x)
    torch.testing.assert_close(latent, autoencoder.encode(before, x), rtol=0, atol=0)
    assert not torch.equal(after.decode(latent).sample, before.decode(latent).sample)
    state = torch.load(tmp_path / 'autoencoder.pt', weights_only=True)
    state['net']['encoder.conv_in.weight'] += 1
    torch.save(state, tmp_path / 'autoencoder.pt')
    with pytest.raises(UserError, match=r'decoder\.pt belongs to another autoencoder'):
        autoencoder.load_autoencoder(tmp_path, None)


def test_latents_hold_each_image_and_its_mirror_image(trained):
    latents = np.load(trained.work / 'latents_000000.npy')
    assert latents.shape == (30, 2, autoencoder.LATENT, 16, 16)
    assert np.abs(latents[:, 0] - latents[:, 1]).max() > 0


def test_training_resumes_at_its_step_and_repeats_its_losses(trained):
    first, second = train_generator.Trainer(trained), train_generator.Trainer(trained)
    assert first.step == 2
    assert first.loss(2).item() == second.loss(2).item() != second.loss(3).item()


def test_half_precision_changes_next_to_nothing(trained):
    trainer = train_generator.Trainer(trained)
    losses = []
    for trainer.half in (True, False):
        trainer.optimizer.zero_grad()
        losses.append(loss := trainer.loss(2))
        loss.backward()
        losses.append(trainer.nets['unet'].conv_in.weight.grad.clone())
    assert losses[0].item() == pytest.approx(losses[2].item(), rel=0.02)
    assert torch.nn.functional.cosine_similarity(losses[1].flatten(), losses[3].flatten(), 0) > 0.98


def test_a_pilot_of_the_denoiser_is_judged_by_images_that_it_did_not_see(trained):
    torch.set_num_threads(1)
    options = argparse.Namespace(pool=trained.pool, work=trained.work, lr=None, held_out=6, name='unet-48-96-192')
    first = pilots.pilot_denoiser(argparse.Namespace(**vars(options), seconds=0.01))
    result = pilots.pilot_denoiser(argparse.Namespace(**vars(options), seconds=10))
    assert result['steps'] > 2 and result['loss'] < first['loss'] and abs(result['text']) < 1
    assert train_generator.Trainer(trained).step == 2, 'the training itself is as it was'
    odds = train_generator.Trainer(trained, held_out=6).odds
    assert odds[23] == odds[-1] == 1 and odds[22] < 1


def test_what_it_leaves_is_a_generator(trained):
    generator = DiffusionModel.load(trained.out)
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
        trainer.nets['unet'].conv_in.weight.detach(), DiffusionModel.load(trained.out)._denoiser.unet.conv_in.weight
    )


def test_scenes_of_two_kinds_come_more_often(trained):
    odds = np.diff(train_generator.Trainer(trained).odds[:3], prepend=0)  # a chair; a dog and a ball; two people
    assert odds / odds[0] == pytest.approx([1, 3, 1])


def test_it_says_how_far_it_is(trained):
    lines = progress(trained.work, images=60, steps=4, samples=16)
    assert lines == [
        'renderings: 0 of 60 (0%)',
        'autoencoder, steps: 2 of 4 (50%)',
        'latents: 500 of 60 (833%)',
        'diffusion, samples: 8 of 16 (50%)',
    ]


def test_the_last_timestep_is_all_but_noise():
    assert nets.noise_scheduler().alphas_cumprod[-1] ** 0.5 < 0.02


def test_an_autoencoder_of_shuffled_pixels_has_the_same_stride():
    net = autoencoder.build_shuffled(16, (32, 32, 64, 64))
    latent = autoencoder.encode(net, torch.zeros(1, 3, 64, 64))
    assert latent.shape == (1, 16, 8, 8)
    assert net.decode(latent).sample.shape == (1, 3, 64, 64)


def test_what_is_slow_to_make_comes_back_in_a_fresh_checkout(trained, tmp_path):
    """`train.sh status` restores the second copy first; the newer of two checkpoints counts."""
    keep, work = tmp_path / 'keep', tmp_path / 'work'
    (keep / 'pool').mkdir(parents=True)
    work.mkdir()
    for name in ('autoencoder.pt', 'diffusion.pt'):
        shutil.copy(trained.work / name, keep)
    shutil.copy(trained.pool / 'images_000000.npz', keep / 'pool')
    (work / 'diffusion.pt').write_bytes(b'older')
    os.utime(work / 'diffusion.pt', (0, 0))
    settings = dict(WORK=str(work), KEEP=str(keep), PYTHON=sys.executable, IMAGES='500', STEPS='4', SAMPLES='16')
    script = Path(train_generator.__file__).with_name('train.sh')
    ended = subprocess.run(
        ['sh', script, 'status'], env={**os.environ, **settings}, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    assert 'renderings: 500 of 500 (100%)' in ended.stdout
    assert 'diffusion, samples: 8 of 16 (50%)' in ended.stdout
