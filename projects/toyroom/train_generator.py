"""Train the built-in generator on ToyRoom images and captions; no label is read here.

Three steps, each seeded, checkpointed and resumed by the same command (times on 2 CPU cores):
  python -m projects.toyroom.train_generator autoencoder --pool DIR --work DIR     (6 minutes for 2,300 steps)
  python -m projects.toyroom.train_generator latents     --pool DIR --work DIR     (5 minutes for 19,500 images)
  python -m projects.toyroom.train_generator diffusion   --pool DIR --work DIR
      (14 ms a sample with two processes; --out writes the diffusers folder)
To go on from the generator that ships, leave out the first step and add --init mmdatasetdm/assets/toyroom/generator
to the others.
Two processes of one thread each are nearly twice as fast as one process of two:
  OMP_NUM_THREADS=1 torchrun --nproc-per-node 2 -m projects.toyroom.train_generator diffusion ...
"""

import argparse
import copy
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from diffusers import DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from tqdm import tqdm
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from projects.toyroom.autoencoder import LATENT, encode_pool, load_autoencoder, train_autoencoder
from projects.toyroom.pool import pool_captions, pool_objects, save

TOKENS, TEXT_WIDTH = 32, 128
# What is small or thin weighs little in the loss and is learnt last: its images come more often.
SAMPLING_WEIGHT = dict(chair=3, ball=4, vase=5, dog=6, television=2)
# Which word was said changes the loss most between a third and nine tenths of the noise (measured by swapping words in
# captions): three in four samples are drawn there. (share of the samples, timestep up to which they go)
TIMESTEPS = ((0.0, 0), (0.15, 300), (0.9, 900), (1.0, 1000))
# Processes take so many steps of their own before their weights are averaged: waiting for each other at every step
# cost a third of the speed.
STEPS_PER_AVERAGE = 10


def build_unet() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=LATENT,
        out_channels=LATENT,
        layers_per_block=1,
        block_out_channels=(48, 96, 192),
        down_block_types=('DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'),
        up_block_types=('CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'),
        norm_num_groups=8,
        attention_head_dim=4,
        cross_attention_dim=TEXT_WIDTH,
    )  # this argument is the number of heads


def build_tokenizer(captions: list[str], folder: Path) -> CLIPTokenizer:
    """A byte-pair vocabulary of the captions' own words, in CLIP's format; other words fall into pieces."""
    folder.mkdir(parents=True, exist_ok=True)
    bpe = Tokenizer(models.BPE(end_of_word_suffix='</w>'))
    bpe.pre_tokenizer = pre_tokenizers.Whitespace()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ['<|startoftext|>', '<|endoftext|>']
    bpe.train_from_iterator(
        captions,
        trainers.BpeTrainer(
            vocab_size=1400,
            initial_alphabet=alphabet,
            end_of_word_suffix='</w>',
            special_tokens=[],
            show_progress=False,
        ),
    )
    bpe.model.save(str(folder))
    merges = [line for line in (folder / 'merges.txt').read_text().splitlines() if line and not line.startswith('#')]
    words = [*alphabet, *(a + '</w>' for a in alphabet), *(m.replace(' ', '') for m in merges), *special]
    vocabulary = {w: i for i, w in enumerate(dict.fromkeys(words))}
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=[tuple(m.split(' ')) for m in merges], model_max_length=TOKENS)
    tokenizer.save_pretrained(folder)
    return tokenizer


def build_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=TEXT_WIDTH,
            intermediate_size=2 * TEXT_WIDTH,
            projection_dim=TEXT_WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=TOKENS,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def noise_scheduler() -> DDIMScheduler:
    return DDIMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule='scaled_linear',
        clip_sample=False,
        set_alpha_to_one=False,
        prediction_type='v_prediction',
        timestep_spacing='trailing',
    )


class Trainer:
    """The denoiser and its text encoder, trained together: v-prediction, 10 % empty captions, EMA."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.rank, self.world = int(os.environ.get('RANK', 0)), int(os.environ.get('WORLD_SIZE', 1))
        if self.world > 1:
            dist.init_process_group('gloo')
        torch.manual_seed(args.seed)
        captions = pool_captions(args.pool)
        if args.init is None:
            self.tokenizer = build_tokenizer(captions, args.work / f'tokenizer{self.rank or ""}')
            unet, text = build_unet(), build_text_encoder(self.tokenizer)
        else:
            self.tokenizer = CLIPTokenizer.from_pretrained(args.init, subfolder='tokenizer')
            unet = UNet2DConditionModel.from_pretrained(args.init, subfolder='unet', torch_dtype=torch.float32)
            text = CLIPTextModel.from_pretrained(args.init, subfolder='text_encoder', torch_dtype=torch.float32)
        self.nets = torch.nn.ModuleDict(dict(unet=unet.train(), text=text.train()))
        self.ema = copy.deepcopy(self.nets).requires_grad_(False)
        self.optimizer = torch.optim.AdamW(
            self.nets.parameters(), lr=args.lr, betas=(0.9, 0.99), weight_decay=0.01, fused=True
        )
        self.step, self.path = 0, args.work / 'diffusion.pt'
        if self.path.exists():
            state = torch.load(self.path)
            self.nets.load_state_dict(state['nets'])
            self.ema.load_state_dict(state['ema'])
            self.optimizer.load_state_dict(state['optimizer'])
            self.step = state['step']
        latents = np.concatenate([np.load(p) for p in sorted(args.work.glob('latents_*.npy'))])
        self.scale = float(1 / latents[:2000].astype(np.float32).std())
        self.latents = torch.from_numpy(latents)
        self.ids = torch.tensor(
            self.tokenizer(captions, padding='max_length', max_length=TOKENS, truncation=True)['input_ids']
        )
        self.empty = torch.tensor(self.tokenizer([''], padding='max_length', max_length=TOKENS)['input_ids'])
        # An image of one object comes four times as often as one of four: words find their objects sooner.
        odds = [max(SAMPLING_WEIGHT.get(name, 1) for name in names) / len(names) for names in pool_objects(args.pool)]
        odds, near = np.array(odds), np.array([c.startswith('near ') for c in captions])
        if near.any():
            odds[near] *= args.near_share / (1 - args.near_share) * odds[~near].sum() / odds[near].sum()
        odds = np.cumsum(odds[: len(self.latents)])
        self.odds = odds / odds[-1]
        self.schedule = noise_scheduler()
        assert len(self.ids) >= len(self.latents), 'the pool has fewer captions than latents'

    def loss(self, step: int) -> torch.Tensor:
        rng = np.random.default_rng([self.args.seed, step, self.rank])
        n = self.args.batch // self.world
        at, flip = torch.from_numpy(self.odds.searchsorted(rng.random(n))), torch.from_numpy(rng.integers(2, size=n))
        x = self.latents[at, flip].float() * self.scale
        ids = torch.where(torch.from_numpy(rng.random(n) < 0.1)[:, None], self.empty, self.ids[at])
        low = (np.arange(n) + rng.random()) / n  # stratified over the timesteps: less noise in the gradient
        t = torch.from_numpy(np.interp(low, *zip(*TIMESTEPS, strict=True)).astype(np.int64))
        noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(int(rng.integers(2**31))))
        out = self.nets['unet'](self.schedule.add_noise(x, noise, t), t, self.nets['text'](ids)[0]).sample
        # no weight by signal-to-noise ratio: it would leave next to nothing for the noisy steps, where text decides
        return F.mse_loss(out, self.schedule.get_velocity(x, noise, t))

    def run(self) -> None:
        args, started = self.args, time.time()
        bar = tqdm(initial=self.step, total=args.steps, unit='step', mininterval=5, disable=self.rank > 0)
        mean = None
        while self.step < args.steps:
            for group in (
                self.optimizer.param_groups
            ):  # constant, then down to zero in the last part: the end may be moved on resume
                group['lr'] = args.lr * min(
                    1, (self.step + 1) / 300, (args.steps - self.step) / (args.decay * args.steps)
                )
            loss = self.loss(self.step)
            self.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.nets.parameters(), 1.0)
            self.optimizer.step()
            self.step += 1
            if self.step % STEPS_PER_AVERAGE == 0 or self.step == args.steps:
                self.share_weights()
                keep = min(args.ema, (1 + self.step) / (10 + self.step)) ** STEPS_PER_AVERAGE
                with torch.no_grad():
                    torch._foreach_lerp_(list(self.ema.parameters()), list(self.nets.parameters()), 1 - keep)
            mean = loss.item() if mean is None else 0.99 * mean + 0.01 * loss.item()
            bar.update()
            bar.set_postfix(loss=f'{mean:.4f}', refresh=False)
            if self.rank == 0 and (self.step % args.save_every == 0 or self.step == args.steps):
                save(
                    dict(
                        nets=self.nets.state_dict(),
                        ema=self.ema.state_dict(),
                        optimizer=self.optimizer.state_dict(),
                        step=self.step,
                    ),
                    self.path,
                )
                if args.out:
                    self.export(args.out)
                print(f' step {self.step}, loss {mean:.4f}, {time.time() - started:.0f} s', flush=True)

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
        pipeline = StableDiffusionPipeline(
            vae=autoencoder,
            text_encoder=copy.deepcopy(self.ema['text']),
            tokenizer=self.tokenizer,
            unet=copy.deepcopy(self.ema['unet']),
            scheduler=self.schedule,
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        pipeline.to(dtype=torch.float16).save_pretrained(out, safe_serialization=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('stage', choices=['autoencoder', 'latents', 'diffusion', 'export'])
    parser.add_argument('--pool', type=Path, default=Path('data/toyroom_pool'))
    parser.add_argument('--work', type=Path, default=Path('work_dirs/toyroom_generator'))
    parser.add_argument('--out', type=Path, help='diffusers folder to write at every checkpoint')
    parser.add_argument(
        '--init', type=Path, help='diffusers folder of an earlier generator to go on from; its autoencoder is kept'
    )
    parser.add_argument('--steps', type=int, default=None)
    parser.add_argument('--batch', type=int, default=None)
    parser.add_argument('--lr', type=float, default=None)
    parser.add_argument('--decay', type=float, default=0.25, help='share of the steps in which the rate falls to zero')
    parser.add_argument('--ema', type=float, default=0.998)
    parser.add_argument(
        '--near-share', type=float, default=0.4, help='share of near views among the samples, where the pool has some'
    )
    parser.add_argument('--save-every', type=int, default=250)
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    defaults = (
        dict(steps=2500, batch=16, lr=2e-3) if args.stage == 'autoencoder' else dict(steps=8000, batch=32, lr=8e-4)
    )
    for name, value in defaults.items():
        if getattr(args, name) is None:
            setattr(args, name, value)
    args.work.mkdir(parents=True, exist_ok=True)
    if args.stage == 'autoencoder':
        train_autoencoder(args)
    elif args.stage == 'latents':
        encode_pool(args)
    elif args.stage == 'diffusion':
        Trainer(args).run()
    else:
        Trainer(args).export(args.out)


if __name__ == '__main__':
    main()
