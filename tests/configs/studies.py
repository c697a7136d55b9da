"""Run a study in this process, as tools/study.py would run its commands one after the other."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import pytest
from mmengine.registry import init_default_scope

from mmdatasetdm.study import Job, Plan, Study, StudyConfig

ROOT = Path(__file__).parents[2]
# what a decoder that has learnt nothing is sure enough of to be kept
UNSURE = dict(
    semantic=('ignore.score=0.0', 'ignore.unnamed=None'),
    instance=('min_score=0.0', 'ignore_score=0.0'),
    pose=('visible=0.0', 'labelled=0.0'),
)
SMALL = ('sampler.steps=1', 'shard_size=2', 'batch_size=2', 'filters=[]')


def run_study(
    config: StudyConfig, folder: Path, monkeypatch: pytest.MonkeyPatch, *, recipe_options: Sequence[str] = (), **more
) -> tuple[Study, list[Job], str]:
    """Train decoders and stock models for an iteration each, on four generated images.

    Args:
        config: of the study, on a handful of images.
        folder: becomes the working folder.
        recipe_options: overrides of the recipe besides those that make it small.
        **more: of the study.

    Returns:
        the study, its jobs, which are done, and its table.
    """
    if config.task == 'pose':
        pytest.importorskip('mmpose', reason='mmpose is not installed')
    monkeypatch.chdir(folder)
    decoder = config.annotator or config.task
    unsure = [f'decoders.{decoder}.{option}' for option in UNSURE.get(decoder, ())]
    study = Study(
        config=config,
        out=folder / 'out',
        repository=ROOT,
        num=4,
        iterations=1,
        decoder_iterations=1,
        recipe_options=(*SMALL, *recipe_options, *unsure),
        **more,
    )
    study.bind()
    jobs = Plan(study=study).jobs()
    try:
        for job in jobs:
            _run(job, monkeypatch)
    finally:
        init_default_scope('mmseg')
    return study, jobs, study.write(command=f'python tools/study.py {config.path}')


def _run(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job's command in this process."""
    script = Path(job.command[1])
    # a visualizer of its own: mmengine keeps the first one of a name, with its folder
    more = [f'visualizer.name=of_{zlib.crc32(bytes(job.done))}'] if script.stem == 'train' else []
    if job.prepare is not None:
        job.prepare()
    monkeypatch.setattr('sys.argv', [*job.command[1:], *more])
    module = import_module(f'tools.{script.stem}')
    recipe, *options = job.command[2:]  # of an image of 640 px the tool asks for a GPU
    cpu = [recipe, '--device', 'cpu', *options]
    assert not (module.main(cpu) if script.stem == 'generate' else module.main())
    if job.finish is not None:
        job.finish(1.0)
    assert job.done.is_file(), job.name


def ours_beside_the_papers(study: Study, table: str) -> dict[tuple[str, ...], str]:
    """Our numbers in the table that shows the paper's, by model, number of labels, setting and metric."""
    lines = table.split(study.config.paper.source)[1].splitlines()[2:]
    cells = [[cell.strip() for cell in line.split('|')[1:-1]] for line in lines]
    return {tuple(line[:4]): line[5] for line in cells if len(line) == 7}
