"""Train the built-in generator on ToyRoom images and captions; no label is read here.

Three steps, each seeded, checkpointed every ten minutes and resumed by the same command (train.sh runs them all):
  python -m projects.toyroom.train_generator autoencoder --pool DIR --work DIR
  python -m projects.toyroom.train_generator latents     --pool DIR --work DIR
  python -m projects.toyroom.train_generator diffusion   --pool DIR --work DIR --samples 3000000
      (--out writes the averaged weights as a diffusers folder at every checkpoint)
The stage decoder, any time after the first, trains the autoencoder's decoder alone for longer: same latents, sharper.
To go on from the generator that ships, leave out the first step and add --init mmdatasetdm/assets/toyroom/generator
to the others. Two processes of one thread each are nearly twice as fast as one process of two:
  OMP_NUM_THREADS=1 torchrun --nproc-per-node 2 -m projects.toyroom.train_generator diffusion ...
With a GPU: one process, `--device cuda --batch 512`.
"""

import argparse
import copy
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from tqdm import tqdm

from mmdatasetdm.engine import launch
from projects.toyroom.autoencoder import encode_pool, load_autoencoder, train_autoencoder
from projects.toyroom.nets import TOKENS, UNetParts, noise_scheduler
from projects.toyroom.optimizer import MatrixOptimizer
from projects.toyroom.pool import pool_captions, pool_objects, save
from projects.toyroom.priority import share_the_processor
from projects.toyroom.transformer import TransformerParts

PARTS = dict(unet=UNetParts, transformer=TransformerParts)
# Which word was said changes the loss most in the middle of the noise (measured by swapping words in captions): three
# in four samples are drawn there. (share of the samples, timestep up to which they go)
TIMESTEPS = ((0.0, 0), (0.2, 250), (0.9, 850), (1.0, 1000))
# Processes take so many steps of their own before their weights are averaged: waiting for each other at
# every step cost a third of the speed.
STEPS_PER_AVERAGE = 10


class Trainer:
    """The denoiser and its text encoder, trained together: v-prediction, 10 % empty captions, averaged weights."""

    def __init__(self, args: argparse.Namespace, *, net: torch.nn.Module | None = None, held_out: int = 0) -> None:
        """``net``: another denoiser than the usual one; ``held_out``: so many last images are not trained on."""
        self.args, self.device = args, torch.device(args.device)
        self.rank, self.world = int(os.environ.get('RANK', 0)), int(os.environ.get('WORLD_SIZE', 1))
        if self.world > 1:
            dist.init_process_group('gloo')
        torch.manual_seed(args.seed)
        captions = pool_captions(args.pool)
        self.parts = PARTS[args.denoiser]
        if args.init is None:
            folder = args.work / f'{self.parts.tokenizer}{self.rank or ""}'
            self.tokenizer, nets = self.parts.make(captions, folder, net)
        else:
            self.tokenizer, nets = self.parts.load(args.init)
        self.half = self.device.type == 'cuda' or torch.cpu._is_avx512_bf16_supported()
        if self.device.type == 'cpu':  # the backward pass of the fused attention is slow in half precision
            self.parts.with_plain_attention(nets)
        self.nets = nets.train().to(self.device)
        self.ema = copy.deepcopy(self.nets).requires_grad_(False)
        self.optimizer = MatrixOptimizer(self.nets, lr=args.lr, muon=args.muon)
        self.seen, self.step, self.path = 0, 0, args.work / self.parts.checkpoint
        if self.path.exists():
            state = torch.load(self.path, map_location=self.device, weights_only=True)
            self.nets.load_state_dict(state['nets'])
            self.ema.load_state_dict(state['ema'])
            self.optimizer.load_state_dict(state['optimizer'])
            self.seen, self.step = state['seen'], state['step']
        latents = np.concatenate([np.load(p) for p in sorted(args.work.glob('latents_*.npy'))])
        self.scale = float(1 / latents[:2000].astype(np.float32).std())
        self.latents = torch.from_numpy(latents).to(self.device)
        assert len(captions) >= len(latents), 'the pool has fewer captions than latents'
        self.ids = self.tokens(captions[: len(latents)])
        self.empty = self.tokens([''])
        # A scene of two kinds of objects is where one of them is left out most often.
        pairs = np.array([len(set(names)) == 2 for names in pool_objects(args.pool)])[: len(latents)]
        weights = np.where(pairs, args.pairs, 1.0)
        weights[len(latents) - held_out :] = 0
        odds = np.cumsum(weights)
        self.odds = odds / odds[-1]
        self.schedule = noise_scheduler()

    def tokens(self, texts: list[str]) -> torch.Tensor:
        ids = self.tokenizer(texts, padding='max_length', max_length=TOKENS, truncation=True)['input_ids']
        return torch.tensor(ids, device=self.device)

    def loss(self, step: int) -> torch.Tensor:
        """Of one batch, the same for the same step and process."""
        rng = np.random.default_rng([self.args.seed, step, self.rank])
        n = self.args.batch // self.world
        to = lambda values: torch.from_numpy(values).to(self.device)  # noqa: E731
        at, flip = to(self.odds.searchsorted(rng.random(n))), to(rng.integers(2, size=n))
        x = self.latents[at, flip].float() * self.scale
        ids = torch.where(to(rng.random(n) < 0.1)[:, None], self.empty, self.ids[at])
        low = (np.arange(n) + rng.random()) / n  # stratified over the timesteps: less noise in the gradient
        t = to(np.interp(low, *zip(*TIMESTEPS, strict=True)).astype(np.int64))
        noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(int(rng.integers(2**31)))).to(x)
        noisy = self.schedule.add_noise(x, noise, t)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            out = self.predict(noisy, t, ids)
        # no weight by signal-to-noise ratio: it would leave next to nothing for the noisy steps, where text decides
        return F.mse_loss(out.float(), self.schedule.get_velocity(x, noise, t))

    def predict(self, noisy: torch.Tensor, t: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        """Noised latents (B, c, h, w), timesteps (B,) and captions (B, TOKENS) -> the velocity (B, c, h, w)."""
        net, text = self.nets.values()
        return self.parts.denoise(net, noisy, t, *self.parts.encode(text, ids))

    def run(self) -> None:
        """Train until ``args.samples`` were seen; the rate is constant and falls to zero in the last part."""
        args, saved = self.args, time.monotonic()
        bar = tqdm(initial=self.seen, total=args.samples, unit='sample', mininterval=30, disable=self.rank > 0)
        mean = None
        while self.seen < args.samples:
            left = (args.samples - self.seen) / (args.decay * args.samples)
            loss = self.loss(self.step)
            self.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.nets.parameters(), 1.0)
            self.optimizer.step(min(1, (self.step + 1) / 300, left))
            self.step += 1
            self.seen += args.batch
            if self.step % STEPS_PER_AVERAGE == 0 or self.seen >= args.samples:
                self.share_weights()
                keep = min(args.ema, (1 + self.step) / (10 + self.step)) ** STEPS_PER_AVERAGE
                with torch.no_grad():
                    torch._foreach_lerp_(list(self.ema.parameters()), list(self.nets.parameters()), 1 - keep)
            mean = loss.item() if mean is None else 0.99 * mean + 0.01 * loss.item()
            bar.update(args.batch)
            bar.set_postfix(loss=f'{mean:.4f}', refresh=False)
            if self.rank == 0 and (time.monotonic() - saved > 60 * args.minutes or self.seen >= args.samples):
                self.save()
                print(f'\ndiffusion: {self.seen} of {args.samples} samples, loss {mean:.4f}', flush=True)
                saved = time.monotonic()

    def save(self) -> None:
        """The checkpoint and, with ``--out``, the diffusers folder."""
        parts = {name: getattr(self, name).state_dict() for name in ('nets', 'ema', 'optimizer')}
        save(dict(parts, seen=self.seen, step=self.step), self.path)
        if self.args.out:
            self.export(self.args.out)

    @torch.no_grad()
    def share_weights(self) -> None:
        """Average the weights over the processes in one message."""
        if self.world == 1:
            return
        weights = list(self.nets.parameters())
        flat = torch.cat([w.flatten() for w in weights])
        dist.all_reduce(flat)
        for weight, part in zip(weights, flat.div_(self.world).split([w.numel() for w in weights]), strict=True):
            weight.copy_(part.view_as(weight))

    def export(self, out: Path) -> None:
        """Write the averaged weights as an ordinary diffusers folder in half precision."""
        autoencoder = load_autoencoder(self.args.work, self.args.init)
        autoencoder.register_to_config(scaling_factor=self.scale)
        pipeline = self.parts.pipeline(copy.deepcopy(self.ema).cpu(), self.tokenizer, autoencoder)
        pipeline.to(dtype=torch.float16).save_pretrained(out, safe_serialization=True)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('stage', choices=['autoencoder', 'decoder', 'latents', 'diffusion', 'export'])
    parser.add_argument(
        '--denoiser', choices=PARTS, default='unet', help='a transformer has a checkpoint of its own in the same folder'
    )
    parser.add_argument('--pool', type=Path, default=Path('data/toyroom_pool'))
    parser.add_argument('--work', type=Path, default=Path('work_dirs/toyroom_generator'))
    parser.add_argument('--out', type=Path, help='diffusers folder to write at every checkpoint')
    parser.add_argument(
        '--init', type=Path, help='diffusers folder of an earlier generator to go on from; its autoencoder is kept'
    )
    parser.add_argument('--steps', type=int, default=20000, help='of the autoencoder')
    parser.add_argument('--samples', type=int, default=3_000_000, help='that the denoiser sees')
    parser.add_argument('--batch', type=int, help='default: 16 crops for the autoencoder, 64 latents for the denoiser')
    parser.add_argument('--lr', type=float, help='default: 2e-3 for the autoencoder, 1e-3 for the denoiser')
    parser.add_argument('--smooth', type=float, default=0.0, help='see autoencoder.autoencoder_loss')
    parser.add_argument('--decay', type=float, default=0.25, help='share of the samples in which the rate falls to 0')
    parser.add_argument('--ema', type=float, default=0.999, help='of the averaged weights, a step')
    parser.add_argument('--muon', action='store_true', help='Muon for the matrices instead of AdamW')
    parser.add_argument('--pairs', type=float, default=1.5, help='how often a scene of two kinds of objects is drawn')
    parser.add_argument('--minutes', type=float, default=10, help='between checkpoints')
    parser.add_argument('--device', default='cpu', help='of the denoiser')
    parser.add_argument('--seed', type=int, default=0)
    return parser


def main() -> None:
    share_the_processor()
    args = build_parser().parse_args()
    defaults = dict(batch=16, lr=2e-3) if args.stage in ('autoencoder', 'decoder') else dict(batch=64, lr=1e-3)
    for name, value in defaults.items():
        if getattr(args, name) is None:
            setattr(args, name, value)
    args.work.mkdir(parents=True, exist_ok=True)
    if args.stage in ('autoencoder', 'decoder'):
        train_autoencoder(args, decoder_alone=args.stage == 'decoder')
    elif args.stage == 'latents':
        encode_pool(args)
    elif args.stage == 'diffusion':
        Trainer(args).run()
    else:
        Trainer(args).export(args.out)


if __name__ == '__main__':
    sys.exit(launch.run_tool(main))
