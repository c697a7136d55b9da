"""Measure on this machine what annotation, sampling, features and the training of a decoder cost.

    python tools/benchmark.py annotate                       # the pass with and without attention capture
    python tools/benchmark.py annotate --generator sd15      # Stable Diffusion 1.5's UNet with random weights, 512x512
    python tools/benchmark.py sample --scheduler DDIMScheduler --steps 4 20 50
    python tools/benchmark.py features --batch 1 4 8
    python tools/benchmark.py generators                     # parameters and operations of the published generators
    python tools/benchmark.py generators --names sdxl --device cuda     # and the seconds and the memory of their passes
    python tools/benchmark.py decoder                        # a training step with and without cached features
    python tools/benchmark.py decoder --with naive           # seconds to the same mIoU in the research code's way
    python tools/benchmark.py compare --with naive           # labelled images/s against diffusers and the research code
    python tools/benchmark.py samplers --change sampler.dtype=bfloat16 --change sampler.steps=8     # what options save
    python tools/benchmark.py soak --kills 100               # kill -9 while a data set is made
    python tools/benchmark.py lists data/synthetic/toyroom   # memory of the lists of 1,000 and of 10,000 samples
    python tools/benchmark.py networks configs/mask2former/*_voc12-100shot-real-5*.py    # the size of stock models

Variants are timed in turns, so that a busy machine disturbs all alike; a table shows the median and, on the CPU, the
processor time, which other processes disturb less.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import diffusers
import torch
from mmengine.device import get_device

from mmdatasetdm.benchmark.commands import add_commands, add_race_arguments, run_race
from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.diffusion.architectures import ARCHITECTURES
from mmdatasetdm.diffusion.cost import measure_apart
from mmdatasetdm.diffusion.text_encoder import TextEmbedding
from mmdatasetdm.engine.benchmark import benchmark_decoder
from mmdatasetdm.engine.launch import Options, one_line_before_work
from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import mistakes_in_one_line
from mmdatasetdm.utils.config import is_type, read_config
from mmdatasetdm.utils.machine import describe_machine
from mmdatasetdm.utils.options import apply_options, similar_files

PROMPT = 'a chair, a table and a dog'


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    for name, run in (('annotate', annotate), ('sample', sample), ('features', features)):
        command = commands.add_parser(name, help=run.__doc__)
        command.set_defaults(run=run)
        sd15 = ", or 'sd15'" if name == 'annotate' else ''
        command.add_argument('--generator', default='toyroom', help=f"'toyroom', a diffusers folder or a hub id{sd15}")
        command.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
        command.add_argument('--repeats', type=positive, default=7)
        command.add_argument('--batch', type=positive, nargs='+', default=[1, 4])
        if name == 'sample':
            command.add_argument('--scheduler', default='DDIMScheduler')
            command.add_argument('--steps', type=positive, nargs='+', default=[4, 20, 50])
            command.add_argument('--guidance', type=finite, default=7.5)
    add_generators_command(commands)
    add_decoder_command(commands)
    add_commands(commands, positive=positive)
    return parser.parse_args(argv)


@mistakes_in_one_line()
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    header, rows = args.run(args)
    print_facts(args)
    print_table(header, rows)
    return 0


def add_generators_command(commands: argparse._SubParsersAction) -> None:
    """The command ``generators``, which takes names of published ones."""
    parser = commands.add_parser('generators', help=generators.__doc__)
    parser.set_defaults(run=generators, generator='with random weights')
    parser.add_argument('--names', nargs='+', choices=ARCHITECTURES, default=list(ARCHITECTURES), metavar='NAME')
    parser.add_argument('--device', default='meta', help="'cpu', 'cuda', …; 'meta' measures nothing (default)")
    parser.add_argument('--batch', type=positive, default=1)
    parser.add_argument('--repeats', type=positive, default=3)


def add_decoder_command(commands: argparse._SubParsersAction) -> None:
    """The command ``decoder``, which takes a config."""
    parser = commands.add_parser('decoder', help='a training step of a decoder, with and without cached features')
    parser.set_defaults(run=decoder, device=str(torch.device(get_device())))
    parser.add_argument(
        '--config',
        default='configs/datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py',
        help='a decoder config',
    )
    parser.add_argument('--generator', help="another generator than the config's")
    parser.add_argument('--repeats', type=positive, default=20, help='timed steps of each kind')
    add_race_arguments(parser, positive=positive)
    parser.add_argument('--cfg-options', nargs='+', action=Options, help='changes to the config, key=value')


def positive(text: str) -> int:
    """A whole number above 0, for argparse."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is not a positive whole number")
    return int(text)


def finite(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"'{text}' is not a finite number")
    return value


def annotate(args: argparse.Namespace) -> tuple[list[str], list[list[str]]]:
    """One pass: fused, and with its taps and cross-attention captured."""
    if args.generator == 'sd15':
        dtype = torch.float16 if args.device.startswith('cuda') else torch.float32
        denoiser = ARCHITECTURES['stable-diffusion-1.5'].build(device=args.device, dtype=dtype).denoiser
        tokens, width = 77, 768
    else:
        generator = DiffusionModel.load(args.generator, device=args.device)
        denoiser = generator._denoiser
        tokens, width = generator.encode_text(['']).hidden.shape[1:]
    rows = []
    for batch in args.batch:
        latents = torch.randn(batch, denoiser.latent_channels, denoiser.latent_size, denoiser.latent_size)
        inputs = (
            latents.to(denoiser.device, denoiser.dtype),
            torch.tensor(1, device=denoiser.device),
            TextEmbedding(
                torch.randn(batch, tokens, width).to(denoiser.device, denoiser.dtype), torch.zeros(batch, tokens)
            ),
        )
        fused, captured = measure(
            [partial(denoiser.predict, *inputs), partial(denoiser.extract, *inputs, attention_of=batch)], args
        )
        rows += [
            [f'{batch}', 'fused pass', *times(fused), ''],
            [f'{batch}', 'pass with capture', *times(captured), overhead(captured, fused)],
        ]
    return ['batch', 'what', 'wall ms', 'cpu ms', 'against fused'], rows


def sample(args: argparse.Namespace) -> tuple[list[str], list[list[str]]]:
    """Sampling, decoding, and what one extraction pass adds to it."""
    generator = DiffusionModel.load(args.generator, device=args.device)
    rows = []
    for batch in args.batch:
        prompts, seeds = [PROMPT] * batch, range(batch)
        latents = generator.sample(prompts, seeds=seeds, steps=1)
        runs = [
            partial(
                generator.sample, prompts, seeds=seeds, scheduler=args.scheduler, steps=steps, guidance=args.guidance
            )
            for steps in args.steps
        ]
        runs += [
            partial(generator.decode_latents, latents),
            partial(generator.extract_features, latents, prompts, timestep=1),
        ]
        names = [*(f'sample, {steps} steps' for steps in args.steps), 'decode', 'annotate']
        for name, result in zip(names, measure(runs, args), strict=True):
            wall = statistics.median(wall for wall, _ in result)
            rows.append([f'{batch}', name, *times(result), f'{batch / wall:.2f}'])
    return ['batch', 'what', 'wall ms', 'cpu ms', 'images/s'], rows


def features(args: argparse.Namespace) -> tuple[list[str], list[list[str]]]:
    """From a real image to its features, and the disk that keeping them takes."""
    generator = DiffusionModel.load(args.generator, device=args.device)
    side = generator.image_size
    rows = []
    for batch in args.batch:
        images = torch.rand(batch, 3, side, side) * 2 - 1
        latents = generator.encode_images(images)
        maps = generator.extract_features(latents, [PROMPT] * batch, timestep=1, phrases=['chair', 'table', 'dog'])
        kept = sum(x[0].numel() for kind in (maps.pyramid, maps.phrase_attention) for x in kind.values())
        results = measure(
            [
                partial(generator.encode_images, images),
                partial(generator.extract_features, latents, [PROMPT] * batch, timestep=1),
            ],
            args,
        )
        rows += [
            [f'{batch}', 'encode image', *times(results[0]), f'{2 * latents[0].numel() / 1024:.1f}'],
            [f'{batch}', 'annotate latent', *times(results[1]), f'{2 * kept / 1024:.1f}'],
        ]
    return ['batch', 'what', 'wall ms', 'cpu ms', 'KiB an image (fp16)'], rows


def generators(args: argparse.Namespace) -> tuple[list[str], list[list[str]]]:
    """The published generators at their true size: parameters, operations, and what passes cost."""
    header = ['generator', 'image', 'parameters', 'weights in 16 bits', 'one pass', 'channels']
    header += [] if args.device == 'meta' else ['pass s', 'extraction s', 'peak GB']
    rows = []
    for name in args.names:
        made = ARCHITECTURES[name].build()
        billions = made.parameters / 1e9
        facts = [f'{billions:.3f} B', f'{2 * billions:.1f} GB', f'{made.teraflops():.2f} TFLOP']
        rows.append([name, f'{made.image_size}', *facts, ', '.join(map(str, made.channels.values()))])
        if args.device == 'meta':
            continue
        options = dict(device=args.device, batch=args.batch, repeats=args.repeats)
        try:
            cost = measure_apart(ARCHITECTURES[name], **options)
        except UserError as error:
            rows[-1] += [str(error), '', '']
        else:
            rows[-1] += [f'{cost.denoise:.2f}', f'{cost.extract:.2f}', f'{cost.peak / 1e9:.1f}']
    return header, rows


def decoder(args: argparse.Namespace) -> tuple[list[str], list[list[str]]]:
    """A training step of a decoder, with and without cached features."""
    path = Path(args.config)
    if not path.is_file():
        raise UserError(f'--config {path}: no such file{similar_files(path)}')
    config = read_config(path, what='config')
    apply_options(config, args.cfg_options or {}, path)
    backbone = config.get('model', {}).get('backbone') or {}
    if not is_type(backbone, 'DiffusionFeatureBackbone'):
        raise UserError(f'--config {path} is not that of a decoder: it has no DiffusionFeatureBackbone')
    if args.generator:
        backbone.generator = args.generator
    args.generator = backbone.get('generator', 'toyroom')
    if args.others:
        return run_race(config, args)
    with one_line_before_work(config):
        result = benchmark_decoder(config, iterations=args.repeats)
    header = [
        f'step of {config.train_dataloader.batch_size} images',
        'wall s',
        'processor s',
        'KiB an image and variant',
    ]
    rows = [
        [name, f'{times["wall"]:.3f}', f'{times["processor"]:.3f}', f'{times["kib"]:,.0f}']
        for name, times in result.items()
    ]
    return header, rows


@torch.no_grad()
def measure(runs: list[Callable[[], object]], args: argparse.Namespace) -> list[list[tuple[float, float]]]:
    """(wall, processor) seconds of each run, ``args.repeats`` times, in turns, after one warm-up."""
    results: list[list[tuple[float, float]]] = [[] for _ in runs]
    for repeat in range(args.repeats + 1):
        for run, result in zip(runs, results, strict=True):
            wall, cpu = time.perf_counter(), time.process_time()
            run()
            if args.device.startswith('cuda'):
                torch.cuda.synchronize()
            if repeat:
                result.append((time.perf_counter() - wall, time.process_time() - cpu))
    return results


def times(result: list[tuple[float, float]]) -> list[str]:
    return [f'{1000 * statistics.median(column):.1f}' for column in zip(*result, strict=True)]


def overhead(ours: list[tuple[float, float]], base: list[tuple[float, float]]) -> str:
    """Median over the turns of ours / base - 1: wall, then processor time."""
    ratios = [[a[i] / b[i] - 1 for a, b in zip(ours, base, strict=True)] for i in (0, 1)]
    return ' / '.join(f'{statistics.median(ratio):+.1%}' for ratio in ratios)


def print_facts(args: argparse.Namespace) -> None:
    load = f', load {os.getloadavg()[0]:.1f}' if hasattr(os, 'getloadavg') else ''
    print(f'{describe_machine()}, {torch.get_num_threads()} torch threads{load}')
    print(
        f'python {platform.python_version()}, torch {torch.__version__}, diffusers {diffusers.__version__}; '
        f'generator {args.generator}, median of {args.repeats}\n'
    )


def print_table(header: list[str], rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, ['-' * width for width in widths], *rows):
        print('  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


if __name__ == '__main__':
    sys.exit(main())
