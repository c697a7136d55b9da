"""The whole job in little, on the built-in model: 20 labelled images, generated ones, and a stock model three times;
then a few images with every kind of label.

    python tools/demo.py        # or: make demo

Run it again after an interruption: finished steps are kept. It is tools/study.py with one seed and fewer of everything.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.study import Job, JobRunner, Plan, Study, load_study_config
from mmdatasetdm.study.config import SETTINGS
from mmdatasetdm.study.jobs import clock
from mmdatasetdm.toyroom.paths import TOYROOM_DATA, TOYROOM_GENERATOR
from mmdatasetdm.utils.cli import mistakes_in_one_line
from mmdatasetdm.visualization.report import write_report

REPOSITORY = Path(__file__).resolve().parents[1]
STUDIES = str(REPOSITORY / 'configs/studies/toyroom_{task}.py')
LABELS, SEED = 20, 0
# The further kinds of labels: iterations of their decoders, which learn from 50 images (20 show a handful of people).
TASKS, TASK_LABELS, TASK_IMAGES = {'instance': 160, 'depth': 60, 'pose': 120}, 50, 24


def demo_study(out: Path) -> Study:
    """The demo's study: some 12 minutes of processor time."""
    return Study(
        config=load_study_config(STUDIES.format(task='semantic')),
        out=out,
        repository=REPOSITORY,
        labels=(LABELS,),
        seeds=(SEED,),
        num=500,
        iterations=1200,
        decoder_iterations=300,
    )


def all_labels_jobs(out: Path, semantic: Study) -> list[Job]:
    """A decoder for each further task, and a few images of near people and other things with every kind of label."""
    plans = [
        Plan(
            study=Study(
                config=load_study_config(STUDIES.format(task=task)),
                out=out / 'tasks' / task,
                repository=REPOSITORY,
                labels=(TASK_LABELS,),
                seeds=(SEED,),
                decoder_iterations=iterations,
            )
        )
        for task, iterations in TASKS.items()
    ]
    jobs = [
        replace(plan.decoder_job(TASK_LABELS, SEED), name=f'decoder of {plan.study.task}, {TASK_LABELS} labels')
        for plan in plans
    ]
    own = Plan(study=semantic)
    decoders = [(own, LABELS), *((plan, TASK_LABELS) for plan in plans)]
    recipe = REPOSITORY / 'configs/generate/toyroom_all.py'
    command = [
        sys.executable,
        str(REPOSITORY / 'tools/generate.py'),
        str(recipe),
        '--num',
        str(TASK_IMAGES),
        '--out',
        str(all_labels(out)),
    ]
    for plan, labels in decoders:
        command += ['--decoder', plan.decoder_option(labels, SEED)]
    command += ['--cfg-options', 'prompts.near=1.0', 'prompts.weights.person=6']

    first = own.decoder_job(LABELS, SEED)
    return [
        *jobs,
        Job(
            name=f'{TASK_IMAGES} images with every kind of label',
            kind='all labels',
            command=command,
            done=all_labels(out) / 'dataset.json',
            after=(first.name, *(job.name for job in jobs)),
            guess=2.0 * TASK_IMAGES,
        ),
    ]


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
    # The stock models on generated images last: two equal jobs, so that no core waits at the end.
    own = Plan(study=study).jobs()
    last = [job for job in own if job.kind in study.models and job.after]
    jobs_of_all = [*(job for job in own if job not in last), *all_labels_jobs(out, study), *last]
    print(
        f'1. train a decoder on {LABELS} labelled images (the diffusion model stays as it is)\n'
        f'2. generate {study.num} images and label them with it\n'
        f'3. train DeepLabV3+ for {study.iterations} iterations on the {LABELS} real images, on the synthetic ones, '
        'on both; test on 300 images\n'
        f'4. train decoders of instances, depth and keypoints on {TASK_LABELS} labelled images, and label a few images '
        'with all four in one pass\n'
        f'Some 20 minutes of processor time; {jobs} steps at a time; logs in {out}/logs.',
        flush=True,
    )
    JobRunner(
        jobs_of_all,
        logs=out / 'logs',
        parallel=jobs,
        say=lambda line: print(time.strftime('%H:%M:%S'), line, flush=True),
    ).run()
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
    every = write_report(all_labels(out), out / 'report_all_labels')
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
