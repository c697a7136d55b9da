"""Generate a labelled data set from a recipe, or go on with one that was interrupted.

    python tools/generate.py configs/generate/toyroom_semantic.py --num 2000 --out data/synthetic/toyroom \\
        --decoder semantic=configs/datasetdm/CONFIG.py,work_dirs/CONFIG

Run the same command again after an interruption: finished shards are kept, and the result is the same as without it.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import mistakes_in_one_line
from mmdatasetdm.utils.imports import uncollected
from mmdatasetdm.utils.options import Options, one_line

if TYPE_CHECKING:
    from mmdatasetdm.generation.dataset_info import DatasetInfo
    from mmdatasetdm.generation.given import ImageFolder
    from mmdatasetdm.generation.recipe import Recipe


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        'recipe', nargs='?', help='recipe file, e.g. configs/generate/toyroom_semantic.py; --verify needs none'
    )
    parser.add_argument('--num', type=int, help="number of samples (default: the recipe's)")
    parser.add_argument('--out', required=True, help='folder of the data set')
    parser.add_argument(
        '--decoder',
        action='append',
        default=[],
        metavar='NAME=CONFIG,CHECKPOINT[,CHECKPOINT...]',
        help="the decoder for a task, e.g. semantic=CONFIG,CHECKPOINT (default: the recipe's); of several checkpoints "
        'the predictions are averaged',
    )
    parser.add_argument(
        '--relabel',
        metavar='DIR',
        help='annotate the samples of this folder (of an unfinished one, those that are there) with the decoder, '
        'without sampling again; images are linked, its prompts and sampler count, not those of the recipe',
    )
    parser.add_argument('--label-folder', metavar='DIR', help='label the images of this folder, without sampling')
    parser.add_argument(
        '--image-prompts',
        metavar='FILE',
        help='for --label-folder: JSON lines with file_name, text and classes, of the images that are to be labelled',
    )
    parser.add_argument('--image-classes', metavar='A,B', help='for --label-folder: what every image may show')
    parser.add_argument(
        '--device',
        help='cpu, cuda, cuda:1, … (default: cuda; where there is no GPU, cpu for small images of a small generator)',
    )
    parser.add_argument(
        '--workers',
        type=number_or_auto,
        default=1,
        metavar='N|auto',
        help='processes, each with its own shards (default 1); auto: one a GPU, or one a core as far as memory goes',
    )
    parser.add_argument(
        '--part',
        metavar='NUMBER/COUNT',
        help='make only this part of the shards, as 2/4; others make the rest in the same folder, on any machine',
    )
    parser.add_argument('--batch-size', type=int, help="images sampled at once (default: the recipe's)")
    parser.add_argument('--compile', action='store_true', help='compile the denoiser that draws (torch.compile)')
    parser.add_argument(
        '--dry-run',
        action='store_true',
        help='make some samples with their page in OUT.dry-run, and say what the whole takes: hours, disk, money',
    )
    parser.add_argument('--price', type=float, help='of an hour of a GPU (without one: of the machine), for --dry-run')
    parser.add_argument(
        '--verify',
        action='store_true',
        help='make nothing: compare every checksum and count in --out and say what is wrong; the exit status is 1 '
        'where something is',
    )
    parser.add_argument(
        '--repair', action='store_true', help='make again what --verify finds, where otherwise only sizes are compared'
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=Options,
        metavar='KEY=VALUE',
        help='override keys of the recipe, e.g. sampler.steps=20 seed=1',
    )
    return parser.parse_args(argv)


def number_or_auto(text: str) -> int:
    """0 for 'auto'."""
    if text == 'auto':
        return 0
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number, 1 or more, nor 'auto'")
    return int(text)


@mistakes_in_one_line(stopped='stopped; finished shards are kept, the same command goes on')
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    try:
        return run(args)
    except OSError as error:
        raise UserError(f'{error.filename or args.out}: {error.strerror or one_line(error)}') from None


def run(args: argparse.Namespace) -> int:
    """Do what the arguments say; -> exit status."""
    started = time.monotonic()
    if args.num is not None and args.num < 1:
        raise UserError(f'--num is {args.num}; it must be 1 or more')
    if args.price is not None and not 0 <= args.price < float('inf'):
        raise UserError(f'--price is {args.price}; it must be 0 or more')
    if args.verify:
        return verify_folder(Path(args.out))
    if args.recipe is None:
        raise UserError('which recipe? name one, for example configs/generate/toyroom_all.py')
    # Imported here, so that --help and a wrong number do not wait for them.
    with uncollected():
        import transformers
        from mmengine.logging import MMLogger

        from mmdatasetdm.generation import NothingToTrainOn, generate, load_recipe
        from mmdatasetdm.generation.engines.device import auto_workers
        from mmdatasetdm.generation.runner import generate_part
        from mmdatasetdm.generation.start import device_for, size_of_models
        from mmdatasetdm.generation.storage.plan import Part

    transformers.utils.logging.disable_progress_bar()
    MMLogger.get_current_instance().setLevel('WARNING')
    options = dict(args.cfg_options or {})
    if args.batch_size is not None:
        options['batch_size'] = args.batch_size
    if args.compile:
        options['compile'] = True
    recipe = load_recipe(args.recipe, options=options, decoders=args.decoder)
    device = device_for(recipe, args.device)
    workers = args.workers or auto_workers(device, models=size_of_models(recipe))
    args.workers = workers
    if args.dry_run:
        return dry_run(recipe, args, device)
    options = dict(
        num=args.num,
        device=device,
        workers=workers,
        relabel=args.relabel,
        label_folder=image_folder(args),
        checksums=args.repair,
    )
    try:
        if args.part is None:
            dataset = generate(recipe, args.out, **options)
        elif (made := generate_part(recipe, args.out, part=Part.parse(args.part), **options)) is None:
            print(f'part {args.part} is finished; the part that ends last writes {args.out}/dataset.json')
            return 0
        else:
            dataset = made
    except NothingToTrainOn as error:  # now pictures are needed
        raise UserError(f'{error}; look at them: {write_page(args.out)}') from None
    print_summary(dataset, args.out, time.monotonic() - started)
    return 0


def image_folder(args: argparse.Namespace) -> ImageFolder | None:
    """The images of ``--label-folder``; None: it is not given."""
    from mmdatasetdm.generation.given import ImageFolder

    if args.label_folder is None:
        if args.image_prompts or args.image_classes:
            raise UserError('--image-prompts and --image-classes belong to --label-folder')
        return None
    return ImageFolder(
        root=Path(args.label_folder),
        prompts=Path(args.image_prompts) if args.image_prompts else None,
        classes=tuple(args.image_classes.split(',')) if args.image_classes else (),
    )


def dry_run(recipe: Recipe, args: argparse.Namespace, device: str) -> int:
    """Make some samples and print what the whole data set takes."""
    from mmdatasetdm.generation.dry_run import forecast

    found = forecast(
        recipe,
        Path(args.out),
        num=args.num,
        device=device,
        workers=args.workers,
        relabel=Path(args.relabel) if args.relabel else None,
        label_folder=image_folder(args),
    )
    print('\n'.join(found.lines(price=args.price)))
    print(f'look at the samples: {write_page(str(found.folder))}')
    return 0


def verify_folder(out: Path, *, most: int = 20) -> int:
    """Print what is wrong with a data set, ``most`` lines of it; -> 0 where it is whole, else 1."""
    from mmdatasetdm.generation.storage.verify import verify

    found = 0
    for line in verify(out):
        found += 1
        if found <= most:
            print(f'{out}: {line}')
    if not found:
        print(f'{out} is whole: every checksum and count is right')
        return 0
    more = f' ({found - most} more)' if found > most else ''
    print(f'{found} faults{more}; tools/generate.py RECIPE --out {out} --repair makes the data set whole')
    return 1


def write_page(out: str) -> str:
    """The page about a data set, or what makes it where a file of another kind is in its place."""
    from mmdatasetdm.visualization import write_report

    try:
        return str(write_report(Path(out), Path(out) / 'report'))
    except UserError:
        return f'python tools/report.py {out} --out PAGE'


def print_summary(dataset: DatasetInfo, out: str, seconds: float) -> None:
    speed = dataset.throughput['images_per_second']
    selected, samples, ignored = (dataset.selected, dataset.samples, dataset.ignored_fraction)
    masks = '' if ignored is None else f'; {ignored:.1%} of their pixels are ignored (255)'  # None: there are none
    print(f'{selected} of {samples} samples selected{masks}')
    print(f'{speed:.2f} labelled images/s, {seconds:.0f} s in all')
    for rule in dataset.filters:
        if rule['dropped']:
            reason = next(iter(rule['reasons']), '')
            print(f'  {rule["type"]} dropped {rule["dropped"]} (most often: {reason})')
    if dataset.failed:
        print(f'  {dataset.failed} failed: {", ".join(dataset.failures)}')
    for warning in dataset.warnings:
        print(f'warning: {warning}')
    print(f'{out}/dataset.json; look at it: python tools/report.py {out}')


if __name__ == '__main__':
    sys.exit(main())
