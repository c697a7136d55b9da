"""The run: recipe -> plan -> engine -> shards -> data set."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.dataset_info import DatasetInfo
from mmdatasetdm.generation.engines.base import Engine, Job
from mmdatasetdm.generation.engines.device import check_device
from mmdatasetdm.generation.given import GivenImages, ImageFolder
from mmdatasetdm.generation.options import build_kind
from mmdatasetdm.generation.origin import Origin
from mmdatasetdm.generation.pipeline import Pipeline
from mmdatasetdm.generation.progress import Monitor, StopEarly, Tally, check_room, tally
from mmdatasetdm.generation.prompts.length import warn_of_cut_classes
from mmdatasetdm.generation.recipe import Recipe
from mmdatasetdm.generation.start import code_version, start_line
from mmdatasetdm.generation.storage.assemble import assemble
from mmdatasetdm.generation.storage.identity import bind, check_out
from mmdatasetdm.generation.storage.lock import folder_lock, part_lock, short_lock
from mmdatasetdm.generation.storage.plan import Part, Pending, Plan
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
    label_folder: ImageFolder | None = None,
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
        relabel: a folder, finished or not, whose samples are annotated with this recipe's decoder, without sampling
            again.
        label_folder: given images that are annotated, without sampling; the recipe's prompts and sampler do not count.
        checksums: on a restart, read all finished files and compare their checksums (otherwise their sizes).
        log: takes lines about the run.
    Returns:
        What dataset.json holds.
    Raises:
        UserError: a person's mistake, a full disk, another process in the folder, or, as ``NothingToTrainOn``, a data
            set that has nothing to train on, whole or stopped early by the recipe's ``stop_if``.
    """
    run = _Run(
        recipe, Path(out), num=num, device=device, workers=workers, relabel=relabel, label_folder=label_folder, log=log
    )
    dataset = run.make(checksums=checksums)
    assert dataset is not None
    if not dataset.selected or dataset.ignored_fraction == 1.0:
        raise NothingToTrainOn(dataset.warnings[0], dataset=dataset)
    return dataset


def generate_part(
    recipe: Recipe,
    out: str | Path,
    *,
    part: Part,
    num: int | None = None,
    device: str = 'cpu',
    workers: int = 1,
    relabel: str | Path | None = None,
    label_folder: ImageFolder | None = None,
    checksums: bool = False,
    log: Callable[[str], None] = print,
) -> DatasetInfo | None:
    """Make one part of a data set; processes anywhere make the others, at the same time or later, in the same folder.

    They meet only to begin and to end; the one that finds all shards finished writes the lists of all samples.

    Args:
        part: which shards; the other arguments are those of :func:`generate`.
    Returns:
        What dataset.json holds; None: other parts have shards left.
    Raises:
        UserError: as of :func:`generate`; ``stop_if`` looks at the part alone.
    """
    run = _Run(
        recipe, Path(out), num=num, device=device, workers=workers, relabel=relabel, label_folder=label_folder, log=log
    )
    dataset = run.make(part=part, checksums=checksums)
    if dataset and (not dataset.selected or dataset.ignored_fraction == 1.0):
        raise NothingToTrainOn(dataset.warnings[0], dataset=dataset)
    return dataset


class NothingToTrainOn(UserError):
    """The data set is whole, or its making was stopped early, and there is nothing in it that could be trained on."""

    def __init__(self, message: str, *, dataset: DatasetInfo):
        super().__init__(message)
        self.dataset = dataset


def plan_of(
    recipe: Recipe, out: Path, origin: Origin | None, num: int | None, *, images: GivenImages | None = None
) -> Plan:
    """How many samples in which shards; UserError where nobody says it, or where there are not so many."""
    if images:
        there = len(images.files)
        if num is not None and num > there:
            raise UserError(f'--num {num}: {images.root} has {there} images')
        return Plan(num=num or there, shard_size=recipe.shard_size)
    num = num if num is not None else origin.num if origin else recipe.num
    if num is None:
        raise UserError('how many samples? give --num N, or num in the recipe')
    plan = Plan(num=num, shard_size=origin.shard_size if origin else recipe.shard_size)
    if origin and num > origin.num:
        unfinished = '' if origin.finished else ' yet'
        raise UserError(f'--num {num}: {origin.root} has {origin.num} samples{unfinished}')
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


class _Run:
    """One call of :func:`generate` or :func:`generate_part`; the arguments are theirs."""

    def __init__(
        self,
        recipe: Recipe,
        out: Path,
        *,
        num: int | None,
        device: str,
        workers: int,
        relabel: str | Path | None,
        label_folder: ImageFolder | None,
        log: Callable[[str], None],
    ):
        self.recipe, self.out, self.device, self.log = recipe, out, device, log
        check_device(device)
        self.origin = Origin.open(Path(relabel)) if relabel else None
        if self.origin and label_folder:
            raise UserError('--relabel and --label-folder name two folders; give one of them')
        self.folder = label_folder
        self.images = label_folder.list_images(recipe.prompts) if label_folder else None
        self.plan = plan_of(recipe, out, self.origin, num, images=self.images)
        if workers < 1:
            raise UserError(f'--workers is {workers}; it must be 1 or more')
        self.engine: Engine = build_kind(ENGINES, recipe.engine, where='engine', device=device, workers=workers)
        try:
            check_out(out)
            log(start_line(recipe, device=device, workers=workers))
            if self.origin and not self.origin.finished:
                log(f'{self.origin.root} is not finished: its first {self.origin.num} samples are annotated')
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(_trouble(error, out, self.plan)) from None
        self.store = ShardStore(out)

    def make(self, *, part: Part | None = None, checksums: bool) -> DatasetInfo | None:
        """Make the shards that are left of the whole, or of ``part``; -> dataset.json, where all are done then."""
        try:
            if part is None:
                with folder_lock(self.out):
                    write = self._make_shards(Part(), whole=True, checksums=checksums)
                    return write(self.plan)
            with part_lock(self.out, part):
                write = self._make_shards(part, whole=False, checksums=checksums)
                if self.store.count_marked(self.plan) < len(self.plan):
                    return None
                with short_lock(self.out):
                    left = self.store.pending(self.plan)
                    return None if len(left) else write(self.plan)
        except OSError as error:
            raise UserError(_trouble(error, self.out, self.plan)) from None

    def _make_shards(self, part: Part, *, whole: bool, checksums: bool) -> Callable[[Plan], DatasetInfo]:
        """-> what writes the lists of all samples."""
        recipe, out, plan, store, origin = self.recipe, self.out, self.plan, self.store, self.origin
        code = code_version()
        pipeline = Pipeline(recipe=recipe, device=self.device, origin=origin, code=code, images=self.images)
        identity, parts = pipeline.identity, pipeline.parts
        drawn = origin is None and self.images is None
        if drawn:
            generator = pipeline.drawer
            warned = warn_of_cut_classes(
                recipe.prompts, num=plan.num, read=generator.readable_part, max_tokens=generator.max_tokens
            )
            del generator  # workers have their own
            for line in warned:
                self.log(line)
        with nullcontext() if whole else short_lock(out):
            bind(out, identity, begun=store.begun())
        pending = store.pending(plan, part=part, checksums=checksums)
        left, every = pending.samples, Pending(plan=plan, done=b'', part=part).samples
        if left < every:
            self.log(f'{every - left} of {every} samples are there already')
        write = partial(assemble, store, identity=identity, parts=parts, filters=recipe.filters)
        if left:
            if drawn:
                check_room(out, samples=left, size=pipeline.least_size)
            before = _made_before(store, pending, recipe)
            job = Job(recipe=recipe, out=out, origin=origin.root if origin else None, code=code, images=self.folder)
            inside = None if self.engine.uses_processes(pending) else pipeline
            del pipeline
            try:
                with Monitor(out, before=before, stop_if=recipe.stop_if, total=every, done=every - left) as monitor:
                    monitor.check()
                    self.engine.run(job, pending, pipeline=inside, progress=monitor)
            except StopEarly as reason:
                if not whole:
                    raise UserError(f'{reason}; stopped, as stop_if of the recipe says') from None
                raise _stopped(reason, write, store, plan) from None
        return write


def _made_before(store: ShardStore, pending: Pending, recipe: Recipe) -> Tally:
    """Counts over the first finished shards, as many as ``stop_if`` looks at."""
    total = Tally()
    for index, done in enumerate(pending.done):
        if recipe.stop_if is None or total.samples >= recipe.stop_if.after:
            break
        if done:
            total += tally(store.samples([pending.plan[index]]), recipe.filters)
    return total


def _stopped(
    reason: StopEarly, write: Callable[[Plan], DatasetInfo], store: ShardStore, plan: Plan
) -> NothingToTrainOn | UserError:
    """Make a data set of the first shards, which a person can look at; -> the error that ends the run."""
    kept = f'{reason}; stopped, as stop_if of the recipe says'
    left = store.pending(plan).first
    count = left.index if left else len(plan)
    if not count:
        return UserError(kept)
    first = Plan(num=plan[count - 1].first + plan[count - 1].count, shard_size=plan.shard_size)
    dataset = write(first)
    details = f': {dataset.warnings[0]}' if dataset.warnings and not dataset.selected else ''
    return NothingToTrainOn(f'{kept}{details}', dataset=dataset)
