"""The pilots that chose the nets of the built-in generator: short trainings of equal processor time, side by side.

  python -m projects.toyroom.pilots autoencoder NAME --pool DIR --seconds 300
      trains one of AUTOENCODERS below; the learning rate goes down to zero at the end, so that what is compared is what
      each net reaches in this time
  python -m projects.toyroom.pilots denoiser NAME --work DIR --seconds 900
      the same for one of DENOISERS, on the latents of DIR; told are the loss on images that were held out, and how much
      it grows with the caption of another image: how much the net makes of the text
  python -m projects.toyroom.pilots cost
      what a training step of each net costs

Time is the process's own processor time on one thread: other work on the machine counts little. Both print lines for
the tables in README.md.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from mmdatasetdm.engine import launch
from projects.toyroom import autoencoder
from projects.toyroom.nets import TEXT_WIDTH, TOKENS, build_unet
from projects.toyroom.optimizer import MatrixOptimizer
from projects.toyroom.pool import pool_images
from projects.toyroom.train_generator import PARTS, Trainer, build_parser
from projects.toyroom.transformer import build_transformer

AUTOENCODERS = {
    'kl-6': dict(latent=6, widths=(16, 32, 64, 64)),
    'kl-8': dict(latent=8, widths=(16, 32, 64, 64)),
    'kl-12': dict(latent=12, widths=(16, 32, 64, 64)),
    'kl-16': dict(latent=16, widths=(16, 32, 64, 64)),
    'kl-12-wide': dict(latent=12, widths=(16, 48, 128, 128)),
    'kl-12-smooth': dict(latent=12, widths=(16, 32, 64, 64), smooth=0.5),
    'kl-12-thin': dict(latent=12, widths=(8, 32, 96, 96)),
    'dc-16': dict(latent=16, widths=(32, 64, 128, 128), shuffled=True),
}

# what the builders take, and whether the matrices are Muon's
DENOISERS = {
    'unet-48-96-192': dict(widths=(48, 96, 192), text_at_full_size=False),
    'unet-64-128-192': dict(widths=(64, 128, 192), text_at_full_size=False),
    'unet-64-128-192-text16': dict(widths=(64, 128, 192)),
    'unet-64-128-192-text16-muon': dict(widths=(64, 128, 192), muon=True),
    'unet-64-128-256-text16': dict(widths=(64, 128, 256)),
    'transformer-256x10-patch2': dict(kind='transformer', width=256, layers=10, patch=2),
    'transformer-256x10-patch2-muon': dict(kind='transformer', width=256, layers=10, patch=2, muon=True),
    'transformer-192x8-patch1': dict(kind='transformer', width=192, layers=8, patch=1),
}


def train_for(seconds: float, loss_of: Callable, optimizer: MatrixOptimizer, parameters: list) -> int:
    """Train for so much processor time with a rate that rises, stays and falls to zero; returns the steps."""
    started, step = time.process_time(), 0
    while (used := time.process_time() - started) < seconds:
        loss = loss_of(step)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step(min(1, (step + 1) / 100, (1 - used / seconds) / 0.35))
        step += 1
    return step


def build_named(name: str) -> tuple[torch.nn.Module, float]:
    """The autoencoder of that name, from nothing, and the weight of its smoothness."""
    options = dict(AUTOENCODERS[name])
    smooth, shuffled = options.pop('smooth', 0.0), options.pop('shuffled', False)
    torch.manual_seed(0)
    return (autoencoder.build_shuffled if shuffled else autoencoder.build_autoencoder)(**options), smooth


def build_denoiser(name: str) -> tuple[torch.nn.Module, str, bool]:
    """The denoiser of that name, its kind (``train_generator.PARTS``), and whether its matrices are Muon's."""
    options = dict(DENOISERS[name])
    kind, muon = options.pop('kind', 'unet'), options.pop('muon', False)
    torch.manual_seed(0)
    return (build_unet if kind == 'unet' else build_transformer)(**options), kind, muon


def millions(net: torch.nn.Module) -> float:
    """Its parameters."""
    return round(sum(p.numel() for p in net.parameters()) / 1e6, 2)


def pilot_autoencoder(args: argparse.Namespace) -> dict:
    net, smooth = build_named(args.name)
    images = pool_images(args.pool)
    held_out, images = images[-300:], images[:-300]
    optimizer = MatrixOptimizer(net, lr=args.lr or 2e-3, muon=False)

    def loss_of(step: int) -> torch.Tensor:
        x = autoencoder.crops(images, np.random.default_rng([0, step]), 16)
        return autoencoder.autoencoder_loss(net, x, step, smooth)

    steps = train_for(args.seconds, loss_of, optimizer, list(net.parameters()))
    net.eval()
    return dict(parameters=millions(net), steps=steps, psnr=round(autoencoder.psnr(net, held_out), 2))


def pilot_denoiser(args: argparse.Namespace) -> dict:
    net, kind, muon = build_denoiser(args.name)
    words = ['diffusion', '--pool', str(args.pool), '--work', str(args.work), '--batch', '64']
    words += ['--denoiser', kind, '--lr', str(args.lr or 1e-3), *(['--muon'] if muon else [])]
    with tempfile.TemporaryDirectory() as folder:  # no checkpoint of a longer training is read or written
        for path in args.work.glob('latents_*.npy'):
            (Path(folder) / path.name).symlink_to(path.resolve())
        words[words.index('--work') + 1] = folder
        trainer = Trainer(build_parser().parse_args(words), net=net, held_out=args.held_out)
    steps = train_for(args.seconds, trainer.loss, trainer.optimizer, list(trainer.nets.parameters()))
    own, swapped = held_out_losses(trainer, args.held_out)
    return dict(parameters=millions(net), steps=steps, loss=round(own, 4), text=round(swapped - own, 4))


@torch.no_grad()
def held_out_losses(trainer: Trainer, count: int) -> tuple[float, float]:
    """The loss on the held-out images with their own captions, and with those of others; the same noise for both."""
    trainer.nets.eval()
    losses: tuple[list[float], list[float]] = ([], [])
    generator = torch.Generator().manual_seed(0)
    for x, ids in zip(trainer.latents[-count:, 0].split(32), trainer.ids[-count:].split(32), strict=True):
        x = x.float() * trainer.scale
        t = (torch.arange(len(x)) + 0.5).mul(1000 / len(x)).long()
        noise = torch.randn(x.shape, generator=generator)
        noisy, target = trainer.schedule.add_noise(x, noise, t), trainer.schedule.get_velocity(x, noise, t)
        for values, tokens in zip(losses, (ids, ids.roll(1, 0)), strict=True):
            values.append(F.mse_loss(trainer.predict(noisy, t, tokens), target).item())
    return float(np.mean(losses[0])), float(np.mean(losses[1]))


def cost_of(step: Callable[[int], None], repeats: int = 3) -> float:
    """The least processor time of a few calls, in seconds."""
    times = []
    for number in range(repeats):
        started = time.process_time()
        step(number)
        times.append(time.process_time() - started)
    return min(times)


def costs() -> Iterator[dict]:
    """A training step of each net: 16 crops for an autoencoder, 32 latents for a denoiser."""
    crops = torch.rand(16, 3, autoencoder.CROP, autoencoder.CROP) * 2 - 1
    for name in AUTOENCODERS:
        net, smooth = build_named(name)
        seconds = cost_of(
            lambda i, net=net, smooth=smooth: autoencoder.autoencoder_loss(net, crops, i, smooth).backward()
        )
        yield dict(name=name, parameters=millions(net), ms_a_crop=round(1000 * seconds / len(crops), 1))
    x, text, t = torch.randn(32, autoencoder.LATENT, 16, 16), torch.randn(32, TOKENS, TEXT_WIDTH), torch.arange(32)
    for name in DENOISERS:
        net, kind, muon = build_denoiser(name)
        denoise, mask = PARTS[kind].denoise, torch.ones(32, TOKENS)
        optimizer = MatrixOptimizer(net, lr=1e-3, muon=muon)
        seconds = cost_of(
            lambda i, net=net, denoise=denoise, mask=mask: F.mse_loss(denoise(net, x, t, text, mask), x).backward()
        )
        update = cost_of(lambda i, optimizer=optimizer: optimizer.step())
        ms, more = (round(1000 * value / len(x), 1) for value in (seconds, update))
        yield dict(name=name, parameters=millions(net), ms_a_latent=ms, ms_of_the_optimizer=more)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('what', choices=['autoencoder', 'denoiser', 'cost'])
    parser.add_argument('name', nargs='?', help='of the net')
    parser.add_argument('--pool', type=Path, default=Path('work_dirs/toyroom/pool'))
    parser.add_argument('--seconds', type=float, default=300)
    parser.add_argument('--work', type=Path, default=Path('work_dirs/toyroom'), help='with the latents')
    parser.add_argument('--held-out', type=int, default=512, help='images that a denoiser is judged by')
    parser.add_argument('--lr', type=float, help='default: 2e-3 for an autoencoder, 1e-3 for a denoiser')
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.what == 'cost':
        for line in costs():
            print(json.dumps(line), flush=True)
        return
    nets, pilot = (AUTOENCODERS, pilot_autoencoder) if args.what == 'autoencoder' else (DENOISERS, pilot_denoiser)
    if args.name not in nets:
        parser.error(f'which {args.what}? one of {", ".join(nets)}')
    print(json.dumps(dict(name=args.name, seconds=args.seconds, **pilot(args))))


if __name__ == '__main__':
    sys.exit(launch.run_tool(main))
