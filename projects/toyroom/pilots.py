"""The pilots that chose the nets of the built-in generator: short trainings of equal processor time, side by side.

  python -m projects.toyroom.pilots autoencoder NAME --pool DIR --seconds 300
      trains one of AUTOENCODERS below; the learning rate goes down to zero at the end, so that what is compared is what
      each net reaches in this time
  python -m projects.toyroom.pilots cost
      what a training step of each net costs

Time is the process's own processor time on one thread: other work on the machine counts little. Both print lines for
the tables in README.md.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from mmdatasetdm.engine import launch
from projects.toyroom import autoencoder
from projects.toyroom.optimizer import MatrixOptimizer
from projects.toyroom.pool import pool_images
from projects.toyroom.train_generator import TEXT_WIDTH, TOKENS, build_unet

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

# (widths, whether the text is read at 16 x 16 too, whether the matrices are Muon's)
DENOISERS = {
    'unet-48-96-192': ((48, 96, 192), False, False),
    'unet-64-128-192': ((64, 128, 192), False, False),
    'unet-64-128-192-text16': ((64, 128, 192), True, False),
    'unet-64-128-192-text16-muon': ((64, 128, 192), True, True),
    'unet-64-128-256-text16': ((64, 128, 256), True, False),
}


def train_for(seconds: float, lr: float, loss_of: Callable, optimizer: torch.optim.Optimizer, parameters: list) -> int:
    """Train for so much processor time with a rate that rises, stays and falls to zero; returns the steps."""
    started, step = time.process_time(), 0
    while (used := time.process_time() - started) < seconds:
        for group in optimizer.param_groups:
            group['lr'] = lr * min(1, (step + 1) / 100, (1 - used / seconds) / 0.35)
        loss = loss_of(step)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step += 1
    return step


def build_named(name: str) -> tuple[torch.nn.Module, float]:
    """The autoencoder of that name, from nothing, and the weight of its smoothness."""
    options = dict(AUTOENCODERS[name])
    smooth, shuffled = options.pop('smooth', 0.0), options.pop('shuffled', False)
    torch.manual_seed(0)
    return (autoencoder.build_shuffled if shuffled else autoencoder.build_autoencoder)(**options), smooth


def millions(net: torch.nn.Module) -> float:
    """Its parameters."""
    return round(sum(p.numel() for p in net.parameters()) / 1e6, 2)


def pilot_autoencoder(args: argparse.Namespace) -> dict:
    net, smooth = build_named(args.name)
    images = pool_images(args.pool)
    held_out, images = images[-300:], images[:-300]
    optimizer = torch.optim.Adam(net.parameters(), lr=args.lr, betas=(0.9, 0.99))

    def loss_of(step: int) -> torch.Tensor:
        x = autoencoder.crops(images, np.random.default_rng([0, step]), 16)
        return autoencoder.autoencoder_loss(net, x, step, smooth)

    steps = train_for(args.seconds, args.lr, loss_of, optimizer, list(net.parameters()))
    net.eval()
    return dict(parameters=millions(net), steps=steps, psnr=round(autoencoder.psnr(net, held_out), 2))


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
    for name, (widths, full, muon) in DENOISERS.items():
        net = build_unet(widths, full)
        optimizer = MatrixOptimizer(net, lr=1e-3, muon=muon)
        seconds = cost_of(lambda i, net=net: F.mse_loss(net(x, t, text).sample, x).backward())
        update = cost_of(lambda i, optimizer=optimizer: optimizer.step())
        ms, more = (round(1000 * value / len(x), 1) for value in (seconds, update))
        yield dict(name=name, parameters=millions(net), ms_a_latent=ms, ms_of_the_optimizer=more)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('what', choices=['autoencoder', 'cost'])
    parser.add_argument('name', nargs='?', choices=AUTOENCODERS, help='of the autoencoder')
    parser.add_argument('--pool', type=Path, default=Path('work_dirs/toyroom/pool'))
    parser.add_argument('--seconds', type=float, default=300)
    parser.add_argument('--lr', type=float, default=2e-3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.what == 'cost':
        for line in costs():
            print(json.dumps(line), flush=True)
    elif args.name is None:
        parser.error(f'which autoencoder? one of {", ".join(AUTOENCODERS)}')
    else:
        print(json.dumps(dict(name=args.name, seconds=args.seconds, **pilot_autoencoder(args))))


if __name__ == '__main__':
    sys.exit(launch.run_tool(main))
