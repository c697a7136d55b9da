"""The run: recipe -> plan -> engine -> shards -> data set."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

import mmdatasetdm
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.dataset_info import DatasetInfo
from mmdatasetdm.generation.engines.base import Engine, Job
from mmdatasetdm.generation.engines.device import check_device
from mmdatasetdm.generation.options import build_kind
from mmdatasetdm.generation.pipeline import Origin, Pipeline
from mmdatasetdm.generation.prompts.length import warn_of_cut_classes
from mmdatasetdm.generation.recipe import Recipe
from mmdatasetdm.generation.storage.assemble import assemble
from mmdatasetdm.generation.storage.identity import bind, check_out
from mmdatasetdm.generation.storage.lock import folder_lock
from mmdatasetdm.generation.storage.plan import Plan
from mmdatasetdm.generation.storage.shards import ShardStore
from mmdatasetdm.registry import ENGINES

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def generate(
    recipe: Recipe,
    out: str | Path,
    *,
    num: int | None = None,
    device: str = 'cpu',
    workers: int = 1,
    relabel: str | Path | None = None,
    checksums: bool = False,
    log: Callable[[str], None] = print,
) -> DatasetInfo:
    """Make a data set, or finish one that was begun.

    Args:
        recipe: what to make.
        out: its folder: new, or of an earlier run of the same recipe (finished shards are kept; a larger ``num`` adds
            to them).
        num: how many samples; default: the recipe's.
        device: 'cpu', 'cuda', 'cuda:1', ...
        workers: processes, each with its own shards.
        relabel: a finished folder whose samples are annotated with this recipe's decoder, without sampling again.
        checksums: on a restart, read all finished files and compare their checksums (otherwise their sizes).
        log: takes lines about the run.
    Returns:
        What dataset.json holds.
    Raises:
        UserError: a person's mistake, a full disk, another process in the folder, or, as ``NothingToTrainOn``, a data
            set that is whole and has nothing to train on.
    """
    out, plan = Path(out), None
    try:
        check_device(device)
        origin = Origin.open(Path(relabel)) if relabel else None
        plan = _plan(recipe, out, origin, num)
        if workers < 1:
            raise UserError(f'--workers is {workers}; it must be 1 or more')
        engine: Engine = build_kind(ENGINES, recipe.engine, where='engine', device=device, workers=workers)
        check_out(out)
        out.mkdir(parents=True, exist_ok=True)
        with folder_lock(out):
            dataset = _generate(
                recipe, out, plan, device=device, engine=engine, origin=origin, checksums=checksums, log=log
            )
    except OSError as error:
        raise UserError(_trouble(error, out, plan)) from None
    if not dataset.selected or dataset.ignored_fraction == 1.0:
        raise NothingToTrainOn(dataset.warnings[0], dataset=dataset)
    return dataset


class NothingToTrainOn(UserError):
    """The data set is whole, but all samples were dropped or all pixels are ignored."""

    def __init__(self, message: str, *, dataset: DatasetInfo):
        super().__init__(message)
        self.dataset = dataset


def _plan(recipe: Recipe, out: Path, origin: Origin | None, num: int | None) -> Plan:
    num = num if num is not None else origin.dataset.num if origin else recipe.num
    if num is None:
        raise UserError('how many samples? give --num N, or num in the recipe')
    plan = Plan(num=num, shard_size=origin.dataset.recipe['shard_size'] if origin else recipe.shard_size)
    if origin and num > origin.dataset.num:
        raise UserError(f'--num {num}: {origin.root} has {origin.dataset.num} samples')
    if origin and origin.root.resolve() == out.resolve():
        raise UserError('--relabel and --out are the same folder; labels of two decoders need two folders')
    return plan


def _trouble(error: OSError, out: Path, plan: Plan | None) -> str:
    """What the system would not do, and what is kept."""
    if error.errno in FULL and plan:
        done = sum(1 for _ in (out / 'shards').glob('[0-9]*.json'))
        return (
            f'no space left on the disk of {out}: {done} of {len(plan)} shards are finished and kept; make room and '
            'run the same command again'
        )
    kept = '; finished shards are kept, run the same command again when that is mended'
    more = kept if os.path.isdir(out / 'shards') else ''
    where = f'{out}: ' if error.filename is None or str(out) not in str(error.filename) else ''
    return f'{where}{f"{error.filename}: " if error.filename else ""}{error.strerror or error}{more}'


def _generate(
    recipe: Recipe,
    out: Path,
    plan: Plan,
    *,
    device: str,
    engine: Engine,
    origin: Origin | None,
    checksums: bool,
    log: Callable[[str], None],
) -> DatasetInfo:
    code = code_version()
    pipeline = Pipeline(recipe=recipe, device=device, origin=origin, code=code)
    identity, parts = pipeline.identity, pipeline.parts
    if origin is None:
        generator = pipeline.generator
        warned = warn_of_cut_classes(
            recipe.prompts, num=plan.num, read=generator.readable_part, max_tokens=generator.max_tokens
        )
        del generator  # workers have their own
        for line in warned:
            log(line)
    store = ShardStore(out)
    bind(out, identity, begun=store.begun())
    pending = store.pending(plan, checksums=checksums)
    left = pending.samples
    if left < plan.num:
        log(f'{plan.num - left} of {plan.num} samples are there already')
    if left:
        job = Job(recipe=recipe, out=out, origin=origin.root if origin else None, code=code)
        inside = None if engine.uses_processes(pending) else pipeline
        del pipeline
        with progress_bar(total=plan.num, done=plan.num - left) as bar:
            engine.run(job, pending, pipeline=inside, on_progress=bar.update)
    return assemble(store, plan, identity=identity, parts=parts, filters=recipe.filters)


def progress_bar(*, total: int, done: int) -> tqdm:
    """``42%|####  | 840/2000 [01:10<01:37, 12.0 images/s]`` on standard error; where that is not a terminal, a line
    every 10 s.

    The rate and the time left are of this run; what was there before counts as done.
    """
    return tqdm(
        total=total,
        initial=done,
        unit=' images',
        mininterval=0.3 if sys.stderr.isatty() else 10,
        smoothing=0.1,
        dynamic_ncols=True,
        file=sys.stderr,
        bar_format='{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_fmt}]',
    )


def code_version() -> str:
    """The package's version and, in a git checkout, its commit."""
    root = Path(mmdatasetdm.__file__).parent.parent
    try:
        commit = (
            subprocess.run(
                ['git', '--no-optional-locks', '-C', str(root), 'describe', '--always', '--dirty', '--abbrev=10'],
                capture_output=True,
                text=True,
                check=True,
                timeout=10,
            ).stdout.strip()
            if (root / '.git').exists()
            else ''
        )
    except (OSError, subprocess.SubprocessError):
        commit = ''
    return f'{mmdatasetdm.__version__}+{commit}' if commit else mmdatasetdm.__version__
