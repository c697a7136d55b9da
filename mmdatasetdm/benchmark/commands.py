"""The commands of tools/benchmark.py that measure the making of data sets, and stock models."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from mmengine.config import Config

from mmdatasetdm.benchmark.compare import NAIVE, OURS, PLAIN, Speed, compare
from mmdatasetdm.benchmark.lists import repeat_dataset, write_lists
from mmdatasetdm.benchmark.networks import measure_network
from mmdatasetdm.benchmark.samplers import compare_samplers
from mmdatasetdm.benchmark.soak import soak
from mmdatasetdm.benchmark.training import Race, race
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.dataset_info import DatasetInfo, read_dataset
from mmdatasetdm.generation.recipe import load_recipe
from mmdatasetdm.utils.config import read_config
from mmdatasetdm.utils.options import Options

RECIPE = 'configs/generate/toyroom_all.py'


def add_commands(commands: argparse._SubParsersAction, *, positive: Callable[[str], int]) -> None:
    """``compare``, ``samplers``, ``soak``, ``lists`` and ``networks``; ``positive`` reads a whole number above 0."""
    parser = commands.add_parser('compare', help=run_compare.__doc__)
    parser.set_defaults(run=run_compare)
    parser.add_argument('--recipe', default=RECIPE, help='whose prompts, sampler and decoder are taken')
    parser.add_argument('--task', default='semantic', help='the decoder (default: semantic)')
    parser.add_argument('--with', dest='others', nargs='*', choices=['naive'], default=[], help='compare with that too')
    parser.add_argument('--num', type=positive, default=64, help='images of a run')
    parser.add_argument(
        '--naive-num', type=positive, default=8, help="images of a run of the research code's procedure"
    )
    parser.add_argument('--repeats', type=positive, default=5, help='runs of each')
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    parser.add_argument('--cfg-options', nargs='+', action=Options, help='changes to the recipe, key=value')
    parser = commands.add_parser('samplers', help=run_samplers.__doc__)
    parser.set_defaults(run=run_samplers, repeats=1)
    parser.add_argument('--recipe', default=RECIPE, help='whose prompts and sampler are taken')
    parser.add_argument('--num', type=positive, default=16, help='images of each')
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    parser.add_argument('--cfg-options', nargs='+', action=Options, help='changes to the recipe, key=value')
    parser.add_argument(
        '--change',
        nargs='+',
        action='append',
        default=[],
        metavar='KEY=VALUE',
        help='further changes, given once for each sampler that is compared with the recipe as it is',
    )
    parser = commands.add_parser('soak', help=run_soak.__doc__)
    parser.set_defaults(run=run_soak, device='cpu', repeats=1)
    parser.add_argument('--recipe', default=RECIPE)
    parser.add_argument('--kills', type=positive, default=100)
    parser.add_argument('--workers', type=positive, nargs='+', default=[1, 4], help='one round for each number')
    parser.add_argument(
        '--num', type=positive, default=2000, help='samples at the beginning; more where that is too few'
    )
    parser.add_argument('--out', type=Path, help='a new folder that is kept (default: none is)')
    parser.add_argument('--seed', type=int, default=0, help='of the moments')
    parser.add_argument('--cfg-options', nargs='+', action=Options, help='changes to the recipe, key=value')
    parser = commands.add_parser('lists', help=run_lists.__doc__)
    parser.set_defaults(run=run_lists, device='cpu', repeats=1)
    parser.add_argument('dir', type=Path, help='a finished data set, whose samples are repeated')
    parser.add_argument('--num', type=positive, nargs='+', default=[1000, 10000], help='samples')
    parser = commands.add_parser('networks', help=run_networks.__doc__)
    parser.set_defaults(run=run_networks, generator='none', device='cpu', repeats=1)
    parser.add_argument('configs', nargs='+', help='configs of stock models')


def run_compare(args: argparse.Namespace) -> tuple[list[str], list[list[str]]]:
    """Labelled images a second, end to end, against the unlabelled pipeline and the research code's procedure."""
    recipe = load_recipe(args.recipe, options=args.cfg_options)
    args.generator = recipe.generator
    naive = args.naive_num if 'naive' in args.others else 0
    speeds = compare(recipe, device=args.device, num=args.num, runs=args.repeats, naive=naive, task=args.task)
    names = {OURS: OURS, PLAIN: PLAIN, NAIVE: NAIVE}
    header = ['what', 'images/s', 'lowest to highest', 'labelled is faster by', 'lowest to highest', 'peak MiB']
    rows = [[names[name], *_row(speed)] for name, speed in speeds.items()]
    for stage, seconds in speeds[OURS].stages.items():
        rows.append([f'  {stage}: {1000 * seconds:.1f} ms an image', '', '', '', '', ''])
    return header, rows


def _row(speed: Speed) -> list[str]:
    return [
        f'{statistics.median(speed.rates):.2f}',
        f'{min(speed.rates):.2f} to {max(speed.rates):.2f}',
        f'{statistics.median(speed.ratios):.2f}x',
        f'{min(speed.ratios):.2f} to {max(speed.ratios):.2f}',
        f'{speed.memory / 2**20:.0f}',
    ]


def run_lists(args: argparse.Namespace) -> tuple[list[str], list[list[str]]]:
    """The memory and the seconds that manifest, lists and COCO files take, by the number of samples."""
    args.generator = read_dataset(args.dir, DatasetInfo).generator or 'of an earlier version'
    rows = []
    for num in args.num:
        with tempfile.TemporaryDirectory(dir=args.dir.resolve().parent, prefix='.lists-') as temporary:
            out = Path(temporary) / 'repeated'
            found = write_lists(args.dir, out, plan=repeat_dataset(args.dir, out, num=num))
        rows.append([f'{num:,}', f'{found.memory / 2**20:.1f}', f'{found.seconds:.1f}', f'{found.size / 2**20:.2f}'])
    return ['samples', 'peak MiB beside the libraries', 'seconds', 'MiB written'], rows


def run_samplers(args: argparse.Namespace) -> tuple[list[str], list[list[str]]]:
    """Images a second by other options of the sampler, and how far they are from the recipe's own."""
    changes: list[dict] = [{}]
    for change in args.change:
        one = argparse.Namespace()
        Options(['--change'], 'change', nargs='+')(argparse.ArgumentParser(), one, change, '--change')
        changes.append(one.change)
    recipes = [load_recipe(args.recipe, options={**(args.cfg_options or {}), **change}) for change in changes]
    args.generator = recipes[0].generator
    rows = []
    for words, drawn in zip(
        [[], *args.change], compare_samplers(recipes, device=args.device, num=args.num), strict=True
    ):
        rows.append(
            [
                ' '.join(words) or 'as it is',
                f'{1000 * drawn.wall:.0f}',
                f'{1000 * drawn.processor:.0f}',
                f'{drawn.difference:.2f}',
            ]
        )
    return ['sampler', 'wall ms an image', 'processor ms an image', 'grey levels from the first'], rows


def run_soak(args: argparse.Namespace) -> tuple[list[str], list[list[str]]]:
    """kill -9 at random moments: is every shard whole at each, and the end that of an uninterrupted run?"""
    recipe = replace(load_recipe(args.recipe, options=args.cfg_options), stop_if=None)
    args.generator = recipe.generator
    rows, faults = [], []
    with tempfile.TemporaryDirectory() as temporary:
        for workers in args.workers:
            out = (args.out or Path(temporary)) / f'{workers}_workers'
            out.mkdir(parents=True, exist_ok=True)
            found = soak(recipe, out, num=args.num, kills=args.kills, workers=workers, seed=args.seed)
            faults += found.faults
            rows.append(
                [str(value) for value in (workers, found.parents, found.workers, found.looks, len(found.faults))]
            )
    if faults:
        raise UserError(f'{len(faults)} faults, the first: {faults[0]}')
    return ['workers', 'parents killed', 'workers killed', 'looks at all shards', 'faults'], rows


def run_networks(args: argparse.Namespace) -> tuple[list[str], list[list[str]]]:
    """Stock models at their true size: parameters and operations, from which the hours of a study are estimated."""
    rows = []
    for path in args.configs:
        size = measure_network(read_config(path, what='config'))
        image = f'{size.width}x{size.height}'
        rows.append([Path(path).stem, image, f'{size.parameters / 1e6:.1f} M', f'{size.operations / 1e9:.1f} GFLOP'])
    return ['config', 'image', 'parameters', 'one pass'], rows


def add_race_arguments(parser: argparse.ArgumentParser, *, positive: Callable[[str], int]) -> None:
    """Those of ``decoder --with naive``."""
    parser.add_argument(
        '--with',
        dest='others',
        nargs='*',
        choices=['naive'],
        default=[],
        help="instead: seconds to the same validation mIoU, here and in the research code's way",
    )
    parser.add_argument('--iterations', type=positive, default=100, help='with naive: of the training here')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0], help='with naive: one race for each')
    parser.add_argument('--validation', type=positive, default=40, help='with naive: validation images')
    parser.add_argument(
        '--limit', type=positive, default=12, help='with naive: it is given up after so many times as long'
    )


def run_race(config: Config, args: argparse.Namespace) -> tuple[list[str], list[list[str]]]:
    """A decoder's training against the research code's way of it."""
    args.repeats = len(args.seeds)
    races = race(
        config, seeds=args.seeds, iterations=args.iterations, validation=args.validation, limit=float(args.limit)
    )
    rows = [_race_row(str(seed), one) for seed, one in zip(args.seeds, races, strict=True)]
    if len(races) > 1:
        ratios = [one.ratio for one in races]
        spread = f'{min(ratios):.1f} to {max(ratios):.1f}'
        rows.append(['median', '', '', '', '', f'{statistics.median(ratios):.1f}x ({spread})'])
    kind = 'processor s' if not torch.cuda.is_available() else 's'
    return ['seed', 'mIoU', f'here, {kind}', f'research code, {kind}', 'its mIoU', 'times as long'], rows


def _race_row(seed: str, one: Race) -> list[str]:
    more = '' if one.reached >= one.target else 'more than '
    return [
        seed,
        f'{one.target:.1f}',
        f'{one.ours:.1f} ({one.steps} steps)',
        f'{more}{one.naive:.1f} ({one.naive_steps} steps)',
        f'{one.reached:.1f}',
        f'{more}{one.ratio:.1f}x',
    ]
