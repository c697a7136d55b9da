"""The autoencoder of the built-in generator: 128 x 128 x 3 to 16 x 16 x 6 and back."""

import argparse
import os
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from tqdm import tqdm

from projects.toyroom.pool import pool_images, save, to_tensor

LATENT = 6


def build_autoencoder() -> AutoencoderKL:
    # one normalisation group: with 2 of 16 channels in each, the norm takes out every plane's mean, and with it all
    # colour
    net = AutoencoderKL(
        in_channels=3,
        out_channels=3,
        latent_channels=LATENT,
        block_out_channels=(16, 32, 64, 64),
        layers_per_block=1,
        norm_num_groups=1,
        sample_size=128,
        mid_block_add_attention=False,
        down_block_types=('DownEncoderBlock2D',) * 4,
        up_block_types=('UpDecoderBlock2D',) * 4,
    )
    start_as_colour_average(net)
    return net


@torch.no_grad()
def start_as_colour_average(net: AutoencoderKL) -> None:
    """Start from a net that carries the mean colour of each 8 x 8 block through its first channels, as x and -x.

    From a random start the net spends its first thousand steps on grey patterns alone. SiLU(x) - SiLU(-x) = x takes
    the pair through
    the last non-linearity; the residual branches start at zero.
    """
    for name, module in net.named_modules():
        if name.endswith('conv2'):
            torch.nn.init.zeros_(module.weight)
            torch.nn.init.zeros_(module.bias)
        elif name.endswith('conv_shortcut'):
            module.weight[:6] = 0
            module.weight[range(6), range(6), 0, 0] = 1
        elif 'samplers' in name and isinstance(module, torch.nn.Conv2d):
            module.weight[:6] = 0
            for channel in range(6):
                if 'down' in name:
                    module.weight[channel, channel, :2, :2] = 0.25
                else:
                    module.weight[channel, channel, 1, 1] = 1
            module.bias[:6] = 0
    for conv in (net.encoder.conv_in, net.decoder.conv_in):
        conv.weight[:6], conv.bias[:6] = 0, 0
        for channel in range(3):
            conv.weight[channel, channel, 1, 1], conv.weight[channel + 3, channel, 1, 1] = 1, -1
    for conv in (net.encoder.conv_out, net.decoder.conv_out):
        conv.weight[:3] = 0
        for channel in range(3):
            conv.weight[channel, channel, 1, 1], conv.weight[channel, channel + 3, 1, 1] = 0.5, -0.5
    for conv in (net.quant_conv, net.post_quant_conv):
        conv.weight.zero_()
        conv.weight[range(len(conv.weight)), range(len(conv.weight)), 0, 0] = 1


def train_autoencoder(args: argparse.Namespace) -> None:
    """L1 at four scales and on edges, on 64 x 64 crops, since the net is convolutional.

    The latents are kept small and smooth by a weak penalty and fixed noise instead of a KL term, whose noise drowns
    them at the start.
    """
    torch.manual_seed(args.seed)
    images, net, path = pool_images(args.pool), build_autoencoder(), args.work / 'autoencoder.pt'
    optimizer = torch.optim.Adam(net.parameters(), lr=args.lr, betas=(0.9, 0.99))
    step = 0
    if path.exists():
        state = torch.load(path)
        net.load_state_dict(state['net'])
        optimizer.load_state_dict(state['optimizer'])
        step = state['step']
    bar = tqdm(initial=step, total=args.steps, unit='step')
    while step < args.steps:
        for group in optimizer.param_groups:
            group['lr'] = args.lr * min(1, (step + 1) / 100, (args.steps - step) / (0.35 * args.steps))
        rng = np.random.default_rng([args.seed, step])
        at, ys, xs = (
            rng.integers(len(images), size=args.batch),
            rng.integers(65, size=args.batch),
            rng.integers(65, size=args.batch),
        )
        x = to_tensor(np.stack([images[i, y : y + 64, z : z + 64] for i, y, z in zip(at, ys, xs, strict=True)]))
        latent = net.encode(x).latent_dist.mean
        out = net.decode(
            latent + 0.05 * torch.randn(latent.shape, generator=torch.Generator().manual_seed(step))
        ).sample
        difference = out - x
        error = difference.abs().mean()
        coarse = sum(F.avg_pool2d(difference, k).abs().mean() for k in (2, 4, 8))
        edges = sum(difference.diff(dim=d).abs().mean() for d in (2, 3))
        loss = error + coarse + 0.4 * edges + 1e-3 * latent.square().mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        step += 1
        bar.update()
        if step % 50 == 0:
            mse = F.mse_loss(out, x).item()
            bar.set_postfix(l1=f'{error.item():.4f}', psnr=f'{10 * np.log10(4 / mse):.2f}')
        if step % 200 == 0 or step == args.steps:
            save(dict(net=net.state_dict(), optimizer=optimizer.state_dict(), step=step), path)


def load_autoencoder(work: Path, start: Path | None) -> AutoencoderKL:
    if start is not None and not (work / 'autoencoder.pt').exists():
        return AutoencoderKL.from_pretrained(start, subfolder='vae', torch_dtype=torch.float32).eval()
    net = build_autoencoder()
    net.load_state_dict(torch.load(work / 'autoencoder.pt')['net'])
    return net.eval()


@torch.no_grad()
def encode_pool(args: argparse.Namespace) -> None:
    """Latents of every image and of its mirror image, encoded once: the diffusion training then never
    touches a pixel.
    """
    net = load_autoencoder(args.work, args.init)
    for path in tqdm(sorted(args.pool.glob('images_*.npz')), unit='shard'):
        target = args.work / f'latents_{path.stem[7:]}.npy'
        if target.exists():
            continue
        partial = args.work / f'partial_{path.stem[7:]}.npy'
        x = to_tensor(np.load(path)['images'])
        parts = [
            torch.stack([net.encode(b).latent_dist.mode(), net.encode(b.flip(3)).latent_dist.mode()], 1)
            for b in x.split(25)
        ]
        np.save(partial, torch.cat(parts).half().numpy())
        os.replace(partial, target)
