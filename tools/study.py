"""Compare real, synthetic and real+synthetic images: decoders, generated images and stock models over seeds.

    python tools/study.py configs/studies/toyroom_semantic.py
    python tools/study.py configs/studies/toyroom_semantic.py --labels 20 100 --seeds 0 1 2 --out work_dirs/study
    python tools/study.py configs/studies/toyroom_depth.py --images work_dirs/study/synthetic/20_seed0 --dry-run

A study's config names its models, decoders, recipe and lists of images; configs/studies/README.md explains the keys.
Run the same command again after an interruption: finished steps are kept. The table goes to OUT/table.md, the numbers
to OUT/results.json, the log of each step to OUT/logs. `python tools/study.py --report` shows each results.json that was
copied to docs/results/NAME.json on the pages of the repository.
"""

import argparse
import os
import shlex
import sys
import time
from pathlib import Path

import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.study import JobRunner, Plan, Study, load_study_config, write_pages
from mmdatasetdm.study.checks import check_trainings
from mmdatasetdm.study.costs import describe, estimate
from mmdatasetdm.study.jobs import clock
from mmdatasetdm.utils.cli import mistakes_in_one_line

REPOSITORY = Path(__file__).resolve().parents[1]


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', nargs='?', help="the study's config, e.g. configs/studies/toyroom_semantic.py")
    parser.add_argument('--out', help='folder of everything that is written (work_dirs/CONFIG)')
    parser.add_argument(
        '--models', nargs='+', help="stock models of the config (its first, or all where it has a paper's numbers)"
    )
    parser.add_argument('--labels', nargs='+', type=int, help="numbers of labelled images (the config's)")
    parser.add_argument('--seeds', nargs='+', type=int, help="(the config's)")
    parser.add_argument('--settings', nargs='+', help="of real, synthetic and real+synthetic (the config's)")
    parser.add_argument('--num', type=int, help="generated images (the config's)")
    parser.add_argument('--iterations', type=int, help="of each stock model (the config's)")
    parser.add_argument('--decoder-iterations', type=int, help="of each decoder (those of the decoder's config)")
    parser.add_argument(
        '--decoders',
        type=int,
        default=1,
        metavar='N',
        help='average N decoders for each number of labels and seed (%(default)s)',
    )
    parser.add_argument(
        '--ratio',
        nargs=2,
        type=float,
        metavar=('REAL', 'SYNTHETIC'),
        help="real and synthetic images in the setting real+synthetic (the config's)",
    )
    parser.add_argument(
        '--decoder-options',
        nargs='+',
        default=[],
        metavar='KEY=VALUE',
        help='overrides of the config of each decoder, e.g. model.backbone.timestep=50',
    )
    parser.add_argument('--generator', help='folder or hub id (that of recipe and decoders)')
    parser.add_argument('--recipe', help="recipe of the generated images (the config's)")
    parser.add_argument('--recipe-options', nargs='+', default=[], metavar='KEY=VALUE', help='overrides of the recipe')
    parser.add_argument(
        '--images',
        metavar='DIR',
        help='label the images of this finished folder, which kept its '
        'latents, and sample none (default: the first decoder samples)',
    )
    parser.add_argument(
        '--also-test',
        nargs='+',
        default=[],
        metavar='STYLE',
        help="test on these further lists of the config's `styles` too",
    )
    parser.add_argument(
        '--unseen', nargs='+', metavar='CLASS', help="open vocabulary: the classes that no label shows (the config's)"
    )
    parser.add_argument(
        '--gpus',
        type=int,
        default=1,
        metavar='N',
        help='GPUs of each training of a stock model (%(default)s); its batch is that of its schedule in any case',
    )
    parser.add_argument(
        '--jobs', type=int, help='steps at a time (default: one for each core; where there is a GPU, one)'
    )
    parser.add_argument(
        '--dry-run',
        action='store_true',
        help='print every command that would be run, and run none; where the config has costs, GPU hours and disk too',
    )
    parser.add_argument('--table', action='store_true', help='only print the table of what is finished')
    parser.add_argument(
        '--report',
        action='store_true',
        help='only write the numbers of docs/results/*.json, which are results.json of studies, into docs/benchmark.md '
        'and the pages of configs/, where these have marks for them',
    )
    args = parser.parse_args(argv)
    if args.report == (args.config is not None):
        parser.error('--report takes no config' if args.report else "name a study's config")
    return args


def build_study(args: argparse.Namespace) -> Study:
    """The study that the arguments of the command line describe; nothing is written.

    Raises:
        UserError: the config has a mistake, or an argument names what it does not have.
    """
    config = load_study_config(args.config)
    return Study(
        config=config,
        out=Path(args.out or f'work_dirs/{config.path.stem}'),
        repository=REPOSITORY,
        models=args.models and tuple(args.models),
        labels=args.labels and tuple(args.labels),
        seeds=args.seeds and tuple(args.seeds),
        settings=args.settings and tuple(args.settings),
        num=args.num,
        iterations=args.iterations,
        decoder_iterations=args.decoder_iterations,
        decoders=args.decoders,
        decoder_options=tuple(args.decoder_options),
        generator=args.generator,
        recipe=args.recipe,
        recipe_options=tuple(args.recipe_options),
        ratio=args.ratio and tuple(args.ratio),
        images=args.images,
        also_test=tuple(args.also_test),
        unseen=args.unseen and tuple(args.unseen),
        gpus=args.gpus,
    )


def typed(argv: list[str] | None) -> str:
    """The command that gives the same numbers again: as typed, with paths from the repository."""
    words = [word for word in (sys.argv[1:] if argv is None else argv) if word != '--table']
    return shlex.join(['python', 'tools/study.py', *(word.replace(f'{REPOSITORY}/', '') for word in words)])


def print_commands(study: Study) -> None:
    """Print the command of every step, in the order in which they start; write nothing.

    Raises:
        UserError: one line that says what is wrong.
    """
    study.check()
    jobs, costs = Plan(study=study).jobs(), study.config.costs
    for job in jobs:
        told = f' ({describe(job)})' if costs.machine else ''
        print(f'# {job.name}{" (done already)" if job.done.exists() else told}\n{shlex.join(job.command)}')
    if costs.machine:
        print(estimate(jobs, costs))


def run(study: Study, *, command: str, jobs: int, table_only: bool = False) -> None:
    """Run what is left of a study and print its table; ``command`` is what was typed.

    Raises:
        UserError: one line that says what is wrong.
    """
    if jobs < 1:
        raise UserError(f'--jobs is {jobs}; it must be 1 or more')
    if not table_only:
        study.bind()
        steps = Plan(study=study).jobs()
        check_trainings(steps)
        JobRunner(
            steps,
            logs=study.out / 'logs',
            parallel=jobs,
            say=lambda line: print(time.strftime('%H:%M:%S'), line, flush=True),
        ).run()
    elif not study.runs():
        raise UserError(f'{study.out} has no finished run')
    print(f'\n{study.task}: on the test images, mean ± standard deviation over seeds\n')
    print(study.write(command=command))


@mistakes_in_one_line(stopped='stopped; finished steps are kept, the same command goes on')
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    start = time.monotonic()
    if args.report:
        print('\n'.join(map(str, write_pages(REPOSITORY))) or 'every page is up to date')
        return 0
    study = build_study(args)
    if args.dry_run:
        print_commands(study)
        return 0
    jobs = args.jobs if args.jobs is not None else 1 if torch.cuda.is_available() else os.cpu_count() or 1
    run(study, command=typed(argv), jobs=jobs, table_only=args.table)
    print(f'{study.out}/results.json, {study.out}/table.md; {clock(time.monotonic() - start)} in all')
    return 0


if __name__ == '__main__':
    sys.exit(main())
