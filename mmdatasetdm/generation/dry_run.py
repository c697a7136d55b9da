"""What a data set will take, measured on some samples of it that are made beforehand (``--dry-run``)."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.dataset_info import DatasetInfo
from mmdatasetdm.generation.given import ImageFolder
from mmdatasetdm.generation.origin import Origin
from mmdatasetdm.generation.progress import gigabytes
from mmdatasetdm.generation.recipe import Recipe
from mmdatasetdm.generation.runner import NothingToTrainOn, generate, plan_of
from mmdatasetdm.generation.storage.identity import read_recipe
from mmdatasetdm.generation.storage.plan import Plan
from mmdatasetdm.generation.storage.shards import ShardStore

SAMPLES = 16  # at least
SHARDS = 4  # of each worker; its first one warms up
JUMP = 2.0  # seconds that the time of day may be off


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What was measured on the samples, and what follows for the data set.

    Attributes:
        folder: of the samples that were made.
        plan: of the data set.
        left: samples of it that are not there yet.
        sample: what dataset.json of ``folder`` says.
        images_per_second: of all workers together, once they are warm.
        seconds_per_image: of a worker, by stage: sample, annotate, write.
        start: seconds until every worker has made its first batch.
        finish: seconds an image for what is written at the end.
        size: bytes an image.
        free: bytes that the disk has.
        workers, gpus: how many.
    """

    folder: Path
    plan: Plan
    left: int
    sample: DatasetInfo
    images_per_second: float
    seconds_per_image: dict[str, float]
    start: float
    finish: float
    size: float
    free: int
    workers: int
    gpus: int

    @property
    def hours(self) -> float:
        return (self.start + self.left / self.images_per_second + self.plan.num * self.finish) / 3600

    @property
    def device_hours(self) -> float:
        """Of all GPUs; of the machine where there is none."""
        return self.hours * max(self.gpus, 1)

    @property
    def needed(self) -> float:
        """Bytes."""
        return self.left * self.size

    def lines(self, *, price: float | None = None) -> list[str]:
        """For a person; ``price``: of an hour of a GPU, or of the machine where there is none."""
        plan, made = self.plan, self.sample
        there = '' if self.left == plan.num else f', {plan.num - self.left} of them are there already'
        gpus = f', {self.gpus} GPU{"s" if self.gpus > 1 else ""}' if self.gpus else ''
        stages = ', '.join(f'{stage} {1000 * value:.0f} ms' for stage, value in self.seconds_per_image.items())
        ignored = '' if made.ignored_fraction is None else f', {made.ignored_fraction:.0%} of their pixels are ignored'
        said = [
            f'plan: {plan.num} samples in {len(plan)} shards of {plan.shard_size}{there}; '
            f'{self.workers} worker{"s" if self.workers > 1 else ""}{gpus}',
            f'measured on {made.samples} samples: {self.images_per_second:.2f} images/s; '
            f'of a worker an image takes {stages}',
            f'{made.selected} of {made.samples} selected{ignored}, {made.failed} failed',
            f'time: {duration(self.hours)}' + (f', {self.device_hours:.3g} GPU hours' if self.gpus else ''),
            f'disk: {gigabytes(self.needed)}; {gigabytes(self.free)} are free',
        ]
        if price is not None:
            what = 'a GPU hour' if self.gpus else 'an hour'
            said.append(f'cost: {price * self.device_hours:.2f} at {price:g} {what}')
        if self.needed > self.free:
            said.append('warning: the disk is too small')
        return [*said, *(f'warning: {warning}' for warning in made.warnings)]


def forecast(
    recipe: Recipe,
    out: Path,
    *,
    num: int | None = None,
    device: str = 'cpu',
    workers: int = 1,
    relabel: Path | None = None,
    label_folder: ImageFolder | None = None,
    log: Callable[[str], None] = print,
) -> Forecast:
    """Make some samples in the folder ``OUT.dry-run``, and measure.

    The arguments are those of :func:`mmdatasetdm.generation.runner.generate`; nothing is written to ``out``.

    Raises:
        UserError: as there, or there is another thing in the place of the folder, or the clock was set meanwhile.
    """
    origin = Origin.open(relabel) if relabel else None
    given = label_folder.list_images(recipe.prompts) if label_folder else None
    plan = plan_of(recipe, out, origin, num, images=given)
    folder = out.with_name(f'{out.name}.dry-run')
    _clear(folder)
    if origin:
        count = min(origin.num, SHARDS * workers * origin.shard_size)
    else:
        size = SAMPLES // SHARDS if given else recipe.batch_size  # given images are labelled one at a time
        recipe = replace(recipe, shard_size=size)
        count = size * max(SHARDS * workers, -(-SAMPLES // size))
    if label_folder and given:
        count = min(count, len(given.files))
        label_folder = replace(label_folder, at_most=count)
    recipe = replace(recipe, stop_if=None)
    begun, ticks = time.time(), time.monotonic()
    try:
        made = generate(
            recipe,
            folder,
            num=count,
            device=device,
            workers=workers,
            relabel=relabel,
            label_folder=label_folder,
            log=log,
        )
    except NothingToTrainOn as error:  # what it would take is asked for all the same
        made = error.dataset
    if abs((time.time() - begun) - (time.monotonic() - ticks)) > JUMP:  # what is measured are times of files
        raise UserError(f'the clock of the system was set while samples were made in {folder}: run it again')
    store = ShardStore(folder)
    stamps = sorted((store.marker(shard).stat().st_mtime, shard) for shard in range(len(list(_markers(store)))))
    warm = stamps[min(workers, len(stamps) - 1) :]
    shards = [store.read(index) for _, index in warm]
    images = sum(shard.count for shard in shards)
    first, last = stamps[-len(warm) - 1][0] if len(stamps) > len(warm) else begun, stamps[-1][0]
    stages: dict[str, float] = {}
    for shard in shards:
        for stage, value in shard.seconds.items():
            stages[stage] = stages.get(stage, 0.0) + value / images
    left = plan.num
    if (out / 'recipe.json').exists():
        read_recipe(out)
        left = ShardStore(out).pending(plan).samples
    return Forecast(
        folder=folder,
        plan=plan,
        left=left,
        sample=made,
        images_per_second=images / max(last - first, 1e-6),
        seconds_per_image=stages,
        start=first - begun,
        finish=max(0.0, (folder / 'dataset.json').stat().st_mtime - last) / made.samples,
        size=sum(512 * path.lstat().st_blocks for path in folder.rglob('*')) / made.samples,
        free=shutil.disk_usage(folder).free,
        workers=workers,
        gpus=min(workers, torch.cuda.device_count()) if device == 'cuda' else int(device.startswith('cuda')),
    )


def _markers(store: ShardStore):
    return store.folder.glob('[0-9]*.json')


def _clear(folder: Path) -> None:
    """Delete what an earlier dry run left; UserError where it is something else."""
    if not folder.exists():
        return
    try:
        read_recipe(folder)
    except (OSError, UserError):
        raise UserError(f'{folder} is not of a dry run; rename it, or give another --out') from None
    shutil.rmtree(folder)


def duration(hours: float) -> str:
    """'42 s', '12 min', '3.4 h' or '2.1 days'."""
    for unit, size in (('days', 24.0), ('h', 1.0), ('min', 1 / 60)):
        if hours >= 2 * size or (unit == 'min' and hours >= size):
            return f'{hours / size:.0f} {unit}' if unit == 'min' else f'{hours / size:.1f} {unit}'
    return f'{3600 * hours:.0f} s'
