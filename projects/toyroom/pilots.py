"""The pilots that chose the nets of the built-in generator: short trainings of equal processor time, side by side.

  python -m projects.toyroom.pilots autoencoder NAME --pool DIR --seconds 480
  python -m projects.toyroom.pilots denoiser NAME --pool DIR --work DIR --seconds 900

NAME is one of AUTOENCODERS or DENOISERS below. The learning rate goes down to zero at the end, so that what is compared
is what each net reaches in this time. Time is the process's own processor time on one thread: other work on the machine
does not count. Prints a line for the table in README.md.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

from mmdatasetdm import launch
from projects.toyroom import autoencoder
from projects.toyroom.pool import pool_images

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


def train_for(seconds: float, lr: float, loss_of, optimizer: torch.optim.Optimizer, parameters: list) -> int:
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


def pilot_autoencoder(args: argparse.Namespace) -> dict:
    options = dict(AUTOENCODERS[args.name])
    smooth, shuffled = options.pop('smooth', 0.0), options.pop('shuffled', False)
    torch.manual_seed(0)
    net = autoencoder.build_shuffled(**options) if shuffled else autoencoder.build_autoencoder(**options)
    images = pool_images(args.pool)
    held_out, images = images[-300:], images[:-300]
    optimizer = torch.optim.Adam(net.parameters(), lr=args.lr, betas=(0.9, 0.99))

    def loss_of(step: int) -> torch.Tensor:
        x = autoencoder.crops(images, np.random.default_rng([0, step]), 16)
        return autoencoder.autoencoder_loss(net, x, step, smooth)

    steps = train_for(args.seconds, args.lr, loss_of, optimizer, list(net.parameters()))
    size = sum(p.numel() for p in net.parameters()) / 1e6
    net.eval()
    return dict(parameters=round(size, 2), steps=steps, psnr=round(autoencoder.psnr(net, held_out), 2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('what', choices=['autoencoder', 'denoiser'])
    parser.add_argument('name')
    parser.add_argument('--pool', type=Path, default=Path('work_dirs/toyroom/pool'))
    parser.add_argument('--work', type=Path, default=Path('work_dirs/toyroom'))
    parser.add_argument('--seconds', type=float, default=480)
    parser.add_argument('--lr', type=float, default=2e-3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    print(json.dumps(dict(name=args.name, seconds=args.seconds, **pilot_autoencoder(args))))


if __name__ == '__main__':
    sys.exit(launch.run_tool(main))
