"""The run: recipe -> plan -> engine -> shards -> data set."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import mmdatasetdm
from mmdatasetdm.diffusion.folder import outline, resolve
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.dataset_info import DatasetInfo
from mmdatasetdm.generation.engines.base import Engine, Job
from mmdatasetdm.generation.engines.device import check_device, choose_device, describe_device
from mmdatasetdm.generation.given import GivenImages, ImageFolder
from mmdatasetdm.generation.options import build_kind
from mmdatasetdm.generation.origin import Origin
from mmdatasetdm.generation.pipeline import Pipeline
from mmdatasetdm.generation.progress import Monitor, StopEarly, Tally, check_room, tally
from mmdatasetdm.generation.prompts.length import warn_of_cut_classes
from mmdatasetdm.generation.recipe import Recipe
from mmdatasetdm.generation.storage.assemble import assemble
from mmdatasetdm.generation.storage.identity import bind, check_out
from mmdatasetdm.generation.storage.lock import folder_lock
from mmdatasetdm.generation.storage.plan import Pending, Plan
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
    out, plan = Path(out), None
    try:
        check_device(device)
        origin = Origin.open(Path(relabel)) if relabel else None
        if origin and label_folder:
            raise UserError('--relabel and --label-folder name two folders; give one of them')
        images = label_folder.list_images(recipe.prompts) if label_folder else None
        plan = plan_of(recipe, out, origin, num, images=images)
        if workers < 1:
            raise UserError(f'--workers is {workers}; it must be 1 or more')
        engine: Engine = build_kind(ENGINES, recipe.engine, where='engine', device=device, workers=workers)
        check_out(out)
        log(start_line(recipe, device=device, workers=workers))
        if origin and not origin.finished:
            log(f'{origin.root} is not finished: its first {origin.num} samples are annotated')
        out.mkdir(parents=True, exist_ok=True)
        with folder_lock(out):
            dataset = _generate(
                recipe,
                out,
                plan,
                device=device,
                engine=engine,
                origin=origin,
                given=(label_folder, images) if label_folder and images else None,
                checksums=checksums,
                log=log,
            )
    except OSError as error:
        raise UserError(_trouble(error, out, plan)) from None
    if not dataset.selected or dataset.ignored_fraction == 1.0:
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


def _generate(
    recipe: Recipe,
    out: Path,
    plan: Plan,
    *,
    device: str,
    engine: Engine,
    origin: Origin | None,
    given: tuple[ImageFolder, GivenImages] | None,
    checksums: bool,
    log: Callable[[str], None],
) -> DatasetInfo:
    code = code_version()
    folder, images = given or (None, None)
    pipeline = Pipeline(recipe=recipe, device=device, origin=origin, code=code, images=images)
    identity, parts = pipeline.identity, pipeline.parts
    if origin is None and images is None:
        generator = pipeline.drawer
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
    write = partial(assemble, store, identity=identity, parts=parts, filters=recipe.filters)
    if left:
        if origin is None and images is None:
            check_room(out, samples=left, size=pipeline.least_size)
        before = _made_before(store, pending, recipe)
        job = Job(recipe=recipe, out=out, origin=origin.root if origin else None, code=code, images=folder)
        inside = None if engine.uses_processes(pending) else pipeline
        del pipeline
        try:
            with Monitor(out, before=before, stop_if=recipe.stop_if, total=plan.num, done=plan.num - left) as monitor:
                monitor.check()
                engine.run(job, pending, pipeline=inside, progress=monitor)
        except StopEarly as reason:
            raise _stopped(reason, write, store, plan) from None
    return write(plan)


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


def device_for(recipe: Recipe, given: str | None) -> str:
    """The device that a person gave, or the best one here for the recipe's images.

    Raises:
        UserError: there is no GPU, and the images are too large for anything else.
    """
    sampler = recipe.sampler
    source = sampler.generator or recipe.generator
    side = max(side or outline(resolve(source)).image_size for side in (sampler.height, sampler.width))
    return choose_device(given, generator=source, image_size=side)


def start_line(recipe: Recipe, *, device: str, workers: int) -> str:
    """'NAME, 128x128 pixels, on cpu, 2 threads, in float32; 1 worker, 16 images at once'."""
    source = recipe.sampler.generator or recipe.generator
    found = outline(resolve(source))
    drawn = f'{source}, ' if source == recipe.generator else f'{source}, labelled by features of {recipe.generator}, '
    dtype = recipe.dtype or ('float32' if device.startswith('cpu') else str(found.half).removeprefix('torch.'))
    height, width = (side or found.image_size for side in (recipe.sampler.height, recipe.sampler.width))
    many = f'{workers} worker{"s" if workers > 1 else ""}'
    return (
        f'{drawn}{width}x{height} pixels, on {describe_device(device)}, in {dtype}; {many}, '
        f'{recipe.batch_size} images at once'
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
