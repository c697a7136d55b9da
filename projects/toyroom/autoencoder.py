"""The autoencoder of the built-in generator: 128 x 128 x 3 to 16 x 16 x LATENT and back."""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderDC, AutoencoderKL
from torch import Tensor
from tqdm import tqdm

from mmdatasetdm.errors import UserError
from projects.toyroom.pool import pool_images, save, to_tensor

# What the pilots of `pilots.py` chose (the table is in README.md).
LATENT, WIDTHS = 16, (16, 32, 64, 64)
CROP = 64  # the net is convolutional: it learns from crops


def build_autoencoder(latent: int = LATENT, widths: tuple[int, ...] = WIDTHS) -> AutoencoderKL:
    """An AutoencoderKL of stride 8 that begins as the mean colour of each 8 x 8 block."""
    # one normalisation group: with 2 of 16 channels in each, the norm takes out every plane's mean, and with it all
    # colour
    net = AutoencoderKL(
        in_channels=3,
        out_channels=3,
        latent_channels=latent,
        block_out_channels=widths,
        layers_per_block=1,
        norm_num_groups=1,
        sample_size=128,
        mid_block_add_attention=False,
        down_block_types=('DownEncoderBlock2D',) * 4,
        up_block_types=('UpDecoderBlock2D',) * 4,
    )
    start_as_colour_average(net)
    return net


def build_shuffled(latent: int, widths: tuple[int, ...]) -> AutoencoderDC:
    """An AutoencoderDC of stride 8: its stem folds 2 x 2 pixels into channels, so no level has the full size."""
    levels = len(widths)
    layers = (0,) + (1,) * (levels - 1)
    return AutoencoderDC(
        latent_channels=latent,
        attention_head_dim=32,
        encoder_block_out_channels=widths,
        decoder_block_out_channels=widths,
        encoder_layers_per_block=layers,
        decoder_layers_per_block=layers,
        encoder_qkv_multiscales=((),) * levels,
        decoder_qkv_multiscales=((),) * levels,
    )


def encode(net: AutoencoderKL | AutoencoderDC, images: Tensor) -> Tensor:
    """(B, 3, H, W) in [-1, 1] -> latents (B, c, H / 8, W / 8)."""
    if isinstance(net, AutoencoderDC):
        return net.encode(images).latent
    return net.encode(images).latent_dist.mode()


@torch.no_grad()
def start_as_colour_average(net: AutoencoderKL) -> None:
    """Start from a net that carries the mean colour of each 8 x 8 block through its first channels, as x and -x.

    From a random start the net spends its first thousand steps on grey patterns alone. SiLU(x) - SiLU(-x) = x takes
    the pair through the last non-linearity; the residual branches start at zero.
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


def crops(images: np.ndarray, rng: np.random.Generator, batch: int) -> Tensor:
    """A batch of random crops (batch, 3, CROP, CROP) in [-1, 1], half of them mirrored."""
    at, flip = rng.integers(len(images), size=batch), rng.integers(2, size=batch)
    ys, xs = rng.integers(images.shape[1] - CROP + 1, size=(2, batch))
    parts = [images[i, y : y + CROP, x : x + CROP] for i, y, x in zip(at, ys, xs, strict=True)]
    return to_tensor(
        np.stack([part[:, ::-1] if mirrored else part for part, mirrored in zip(parts, flip, strict=True)])
    )


def reconstruction_loss(out: Tensor, x: Tensor) -> Tensor:
    """L1 at four scales and on edges."""
    difference = out - x
    coarse = sum(F.avg_pool2d(difference, k).abs().mean() for k in (2, 4, 8))
    edges = sum(difference.diff(dim=d).abs().mean() for d in (2, 3))
    return difference.abs().mean() + coarse + 0.4 * edges


def autoencoder_loss(net: AutoencoderKL | AutoencoderDC, x: Tensor, seed: int, smooth: float) -> Tensor:
    """The loss of one batch.

    The latents are kept small by a weak penalty and robust by fixed noise instead of a KL term, whose noise drowns them
    at the start. ``smooth`` is the weight of a second reconstruction: the latents at half the size must decode to the
    image at half the size, so that neighbouring latents change slowly, which a denoiser learns more easily.
    """
    latent = encode(net, x)
    noise = torch.randn(latent.shape, generator=torch.Generator().manual_seed(seed)).to(latent)
    loss = reconstruction_loss(net.decode(latent + 0.05 * noise).sample, x) + 1e-3 * latent.square().mean()
    if smooth:
        small = net.decode(F.avg_pool2d(latent, 2)).sample
        loss = loss + smooth * reconstruction_loss(small, F.avg_pool2d(x, 2))
    return loss


@torch.no_grad()
def psnr(net: AutoencoderKL | AutoencoderDC, images: np.ndarray) -> float:
    """Mean peak signal-to-noise ratio of the reconstructions, in dB; images (N, H, W, 3) uint8."""
    values = []
    for batch in to_tensor(images).split(16):
        out = net.decode(encode(net, batch)).sample.clamp(-1, 1)
        values += (10 * (4 / (out - batch).square().mean((1, 2, 3))).log10()).tolist()
    return float(np.mean(values))


def train_autoencoder(args: argparse.Namespace, *, decoder_alone: bool = False) -> None:
    """Until ``args.steps``; saves every ``args.minutes`` and resumes at its step.

    ``decoder_alone``: goes on from the finished autoencoder with its encoder frozen, for sharper images from the same
    latents: the denoiser may be in training meanwhile.
    """
    torch.manual_seed(args.seed)
    images, net, path = pool_images(args.pool), build_autoencoder(), args.work / 'autoencoder.pt'
    if decoder_alone:
        net.load_state_dict(torch.load(path, weights_only=True)['net'])
        net.requires_grad_(False).decoder.requires_grad_(True)
        net.post_quant_conv.requires_grad_(True)
        path = path.with_name('decoder.pt')
    trained = [parameter for parameter in net.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=args.lr, betas=(0.9, 0.99))
    step, saved = 0, time.monotonic()
    if path.exists():
        state = torch.load(path, weights_only=True)
        net.load_state_dict(state['net'])
        optimizer.load_state_dict(state['optimizer'])
        step = state['step']
    bar = tqdm(initial=step, total=args.steps, unit='step', mininterval=10)
    while step < args.steps:
        for group in optimizer.param_groups:
            group['lr'] = args.lr * min(1, (step + 1) / 100, (args.steps - step) / (0.35 * args.steps))
        x = crops(images, np.random.default_rng([args.seed, step]), args.batch)
        loss = autoencoder_loss(net, x, step, args.smooth)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        step += 1
        bar.update()
        if step % 50 == 0:
            bar.set_postfix(loss=f'{loss.item():.4f}', refresh=False)
        if time.monotonic() - saved > 60 * args.minutes or step == args.steps:
            save(dict(net=net.state_dict(), optimizer=optimizer.state_dict(), step=step), path)
            print(
                f'\n{path.stem}: step {step} of {args.steps}, {psnr(net, images[:96]):.2f} dB on 96 renderings',
                flush=True,
            )
            saved = time.monotonic()


def load_autoencoder(work: Path, start: Path | None) -> AutoencoderKL:
    """The one of ``work`` with its longest trained decoder; without one that of the generator ``start``."""
    if start is not None and not (work / 'autoencoder.pt').exists():
        return AutoencoderKL.from_pretrained(start, subfolder='vae', torch_dtype=torch.float32).eval()
    net = build_autoencoder()
    weights = torch.load(work / 'autoencoder.pt', weights_only=True)['net']
    if (longer := work / 'decoder.pt').exists():
        found = torch.load(longer, weights_only=True)['net']
        if any(not torch.equal(found[name], value) for name, value in weights.items() if name.startswith('encoder.')):
            raise UserError(f'{longer} belongs to another autoencoder than the one beside it; move it away')
        weights = found
    net.load_state_dict(weights)
    return net.eval()


@torch.no_grad()
def encode_pool(args: argparse.Namespace) -> None:
    """Latents of every image and of its mirror image, encoded once: the diffusion training never touches a pixel."""
    net = load_autoencoder(args.work, args.init)
    for path in tqdm(sorted(args.pool.glob('images_*.npz')), unit='shard'):
        target = args.work / f'latents_{path.stem[7:]}.npy'
        if target.exists():
            continue
        partial = args.work / f'partial_{path.stem[7:]}.npy'
        x = to_tensor(np.load(path)['images'])
        parts = [torch.stack([encode(net, b), encode(net, b.flip(3))], 1) for b in x.split(25)]
        np.save(partial, torch.cat(parts).half().numpy())
        os.replace(partial, target)
