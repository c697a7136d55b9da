"""Compare real, synthetic and real+synthetic on the built-in world: decoders, images and stock models over seeds.

    python tools/study.py --out work_dirs/study
    python tools/study.py --out work_dirs/study --models deeplabv3plus mask2former --labels 20 --seeds 0 1 2 3 4
    python tools/study.py --out work_dirs/depth --task depth --images work_dirs/study/synthetic/20_seed0

Run the same command again after an interruption: finished steps are kept. The table goes to OUT/table.md, the numbers
to OUT/results.json, the log of each step to OUT/logs.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.study import JobRunner, Plan, Study
from mmdatasetdm.study.jobs import clock
from mmdatasetdm.study.tasks import STYLES, TASKS

REPOSITORY = Path(__file__).resolve().parents[1]


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', default='work_dirs/study', help='folder of everything that is written (%(default)s)')
    parser.add_argument('--task', default='semantic', help=f'{", ".join(TASKS)} (%(default)s)')
    parser.add_argument(
        '--models',
        nargs='+',
        help='stock models ('
        + '; '.join(f'{name}: {", ".join(task.models)}' for name, task in TASKS.items())
        + '; the first)',
    )
    parser.add_argument(
        '--labels', nargs='+', type=int, help='numbers of labelled images (semantic: 20 100; others: 50 200)'
    )
    parser.add_argument('--seeds', nargs='+', type=int, default=[0, 1, 2], help='(%(default)s)')
    parser.add_argument('--settings', nargs='+', default=['real', 'synthetic', 'real+synthetic'], help='(%(default)s)')
    parser.add_argument('--num', type=int, default=2000, help='generated images (%(default)s)')
    parser.add_argument('--iterations', type=int, default=2000, help='of each stock model (%(default)s)')
    parser.add_argument('--decoder-iterations', type=int, help="of each decoder (default: its config's)")
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
        default=[1, 1],
        metavar=('REAL', 'SYNTHETIC'),
        help='shares of real and synthetic images in the setting real+synthetic (1 1)',
    )
    parser.add_argument('--generator', help='folder or hub id (default: the built-in one)')
    parser.add_argument('--recipe', help='(configs/generate/toyroom_TASK.py)')
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
        help=f'test on another style of the world too: {", ".join(STYLES)}',
    )
    parser.add_argument(
        '--unseen', nargs='+', metavar='CLASS', help='openvocab: the classes that no label shows (sofa ball dog)'
    )
    parser.add_argument('--jobs', type=int, default=os.cpu_count(), help='steps at a time (default: one for each core)')
    parser.add_argument('--table', action='store_true', help='only print the table of what is finished')
    return parser.parse_args(argv)


def run(study: Study, *, jobs: int, table_only: bool = False) -> None:
    """Run what is left of a study and print its table.

    Raises:
        UserError: one line that says what is wrong.
    """
    if jobs < 1:
        raise UserError(f'--jobs is {jobs}; it must be 1 or more')
    if not table_only:
        study.claim()
        JobRunner(
            Plan(study=study).jobs(),
            logs=study.out / 'logs',
            parallel=jobs,
            say=lambda line: print(time.strftime('%H:%M:%S'), line, flush=True),
        ).run()
    elif not study.runs():
        raise UserError(f'{study.out} has no finished run')
    print(f'\n{study.task}: on the 300 test images, mean ± standard deviation over seeds\n')
    print(study.write())


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    start = time.monotonic()
    try:
        study = Study(
            out=Path(args.out),
            repository=REPOSITORY,
            task=args.task,
            models=args.models and tuple(args.models),
            labels=args.labels and tuple(args.labels),
            seeds=tuple(args.seeds),
            settings=tuple(args.settings),
            num=args.num,
            iterations=args.iterations,
            decoder_iterations=args.decoder_iterations,
            decoders=args.decoders,
            generator=args.generator,
            recipe=args.recipe,
            recipe_options=tuple(args.recipe_options),
            ratio=tuple(args.ratio),
            images=args.images,
            also_test=tuple(args.also_test),
            unseen=args.unseen and tuple(args.unseen),
        )
        run(study, jobs=args.jobs, table_only=args.table)
    except UserError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print('\nstopped; finished steps are kept, the same command goes on', file=sys.stderr)
        return 130
    print(f'{args.out}/results.json, {args.out}/table.md; {clock(time.monotonic() - start)} in all')
    return 0


if __name__ == '__main__':
    sys.exit(main())
