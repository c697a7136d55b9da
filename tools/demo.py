"""The whole job in little, on the built-in model: a few images with every kind of label, by the decoders that come with
it; then 20 labelled images, a decoder that learns from them, generated images, and a stock model three times.

    python tools/demo.py        # or: make demo

Run it again after an interruption: finished steps are kept. It is tools/study.py with one seed and fewer of everything.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.study import Job, JobRunner, Plan, Study, load_study_config
from mmdatasetdm.study.config import SETTINGS
from mmdatasetdm.study.jobs import clock
from mmdatasetdm.toyroom.paths import TOYROOM_DATA, TOYROOM_GENERATOR
from mmdatasetdm.utils.cli import mistakes_in_one_line
from mmdatasetdm.visualization.report import write_report

REPOSITORY = Path(__file__).resolve().parents[1]
STUDY = str(REPOSITORY / 'configs/studies/toyroom_semantic.py')
LABELS, SEED = 20, 0
FIRST_IMAGES = 24


def demo_study(out: Path) -> Study:
    """The demo's study: some 14 minutes of processor time."""
    return Study(
        config=load_study_config(STUDY),
        out=out,
        repository=REPOSITORY,
        labels=(LABELS,),
        seeds=(SEED,),
        num=500,
        iterations=1200,
        decoder_iterations=300,
    )


def first_job(out: Path) -> Job:
    """A few images, most of them of whole people, with every kind of label; the decoders are those of the package."""
    command = [sys.executable, str(REPOSITORY / 'tools/generate.py')]
    command += [str(REPOSITORY / 'configs/generate/toyroom_all.py'), '--num', str(FIRST_IMAGES)]
    command += ['--out', str(all_labels(out)), '--cfg-options', 'prompts.near=0.0', 'prompts.weights.person=6']
    return Job(
        name=f'{FIRST_IMAGES} images with every kind of label',
        kind='all labels',
        command=command,
        done=all_labels(out) / 'dataset.json',
        guess=1.5 * FIRST_IMAGES,
    )


def all_labels(out: Path) -> Path:
    """The folder of these images."""
    return out / 'all_labels'


def run(out: Path, *, jobs: int) -> None:
    """Run the demo.

    Raises:
        UserError: one line that says what is wrong.
    """
    for path in (TOYROOM_DATA, TOYROOM_GENERATOR):
        if not path.is_dir():
            raise UserError(f'{path} is missing: the checkout is not whole')
    if jobs < 1:
        raise UserError(f'--jobs is {jobs}; it must be 1 or more')
    study = demo_study(out)
    study.bind()
    print(
        f'1. draw {FIRST_IMAGES} images and label them with the decoders that come with the generator\n'
        f'2. train a decoder on {LABELS} labelled images (the diffusion model stays as it is)\n'
        f'3. generate {study.num} images and label them with it\n'
        f'4. train DeepLabV3+ for {study.iterations} iterations on the {LABELS} real images, on the synthetic ones, '
        'on both; test on 300 images\n'
        f'Some 15 minutes of processor time; {jobs} steps at a time; logs in {out}/logs.',
        flush=True,
    )

    def say(line: str) -> None:
        print(time.strftime('%H:%M:%S'), line, flush=True)

    JobRunner([first_job(out)], logs=out / 'logs', parallel=1, say=say).run()
    every = write_report(all_labels(out), out / 'report_all_labels')
    say(f'images with every kind of label: {every}')
    JobRunner(Plan(study=study).jobs(), logs=out / 'logs', parallel=jobs, say=say).run()
    scores = {run['setting']: {'mIoU': run['scores']['mIoU']} for run in study.runs()}
    (out / 'results.json').write_text(json.dumps(scores, indent=2) + '\n', encoding='utf-8')
    generated = study.synthetic(LABELS, SEED)
    page = write_report(generated, out / 'report', results=out / 'results.json')
    count = len((generated / 'ImageSets/Segmentation/train.txt').read_text(encoding='utf-8').split())
    print_table(
        scores,
        {
            'real': f'{LABELS} real',
            'synthetic': f'{count} synthetic',
            'real+synthetic': f'{LABELS} real + {count} synthetic',
        },
    )
    print(f'\nnumbers: {out}/results.json\nimages with their masks: {page}\nimages with every kind of label: {every}')


def print_table(scores: dict, images: dict) -> None:
    """Print one line for each setting."""
    width = max(map(len, images.values()))
    print(f'\n{"training images":{width}}  mIoU on 300 test images')
    for setting in SETTINGS:
        print(f'{images[setting]:{width}}  {scores[setting]["mIoU"]:5.1f}')


@mistakes_in_one_line(stopped='stopped; finished steps are kept, the same command goes on')
def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', default='work_dirs/demo', help='folder of everything that is written (%(default)s)')
    parser.add_argument('--jobs', type=int, default=min(3, os.cpu_count() or 1), help='steps at a time (%(default)s)')
    args = parser.parse_args(argv)
    start = time.monotonic()
    run(Path(args.out), jobs=args.jobs)
    print(f'{clock(time.monotonic() - start)} in all')
    return 0


if __name__ == '__main__':
    sys.exit(main())
