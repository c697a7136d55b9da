"""Engines: who makes the shards that are left of a plan, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.given import ImageFolder
from mmdatasetdm.generation.origin import Origin
from mmdatasetdm.generation.pipeline import Pipeline
from mmdatasetdm.generation.progress import Progress, tally
from mmdatasetdm.generation.recipe import Recipe
from mmdatasetdm.generation.storage.plan import Pending, Shard
from mmdatasetdm.generation.storage.shards import ShardStore


@dataclass(frozen=True)
class Job:
    """All that a worker needs to make shards of one data set, wherever it runs; it can be pickled.

    Attributes:
        recipe: what to make.
        out: the data set's folder.
        origin: the folder whose samples are annotated anew; None: they are sampled.
        code: the code's version.
        images: given images that are annotated; None: none are given.
    """

    recipe: Recipe
    out: Path
    origin: Path | None
    code: str
    images: ImageFolder | None = None

    def load_pipeline(self, device: str) -> Pipeline:
        """The models of the recipe, on ``device``."""
        origin = Origin.open(self.origin) if self.origin else None
        images = self.images.list_images(self.recipe.prompts) if self.images else None
        return Pipeline(recipe=self.recipe, device=device, origin=origin, code=self.code, images=images)


class Engine(Protocol):
    """Makes shards. Registered in ``ENGINES``; a recipe's ``engine=dict(type=…, …)`` gives its options.

    A constructor takes the keywords ``device`` and ``workers``, which the command line gives, and its own options.
    Which engine made a sample, on how many workers, changes nothing in it.
    """

    def uses_processes(self, pending: Pending) -> bool:
        """Whether the shards are made outside this process; its own models are then freed before."""
        ...

    def run(self, job: Job, pending: Pending, *, pipeline: Pipeline | None, progress: Progress) -> None:
        """Make all ``pending`` shards and commit each to ``job.out``.

        Args:
            pipeline: that of this process; None where ``uses_processes`` is true.
            progress: is told, in this process, what was made.
        Raises:
            UserError: a person's mistake, or workers that died; finished shards stay.
            OSError: the disk is full, for instance.
        """
        ...


def make_shards(
    pipeline: Pipeline, shards: Iterable[Shard], store: ShardStore, *, workers: int, progress: Progress
) -> None:
    """Make ``shards`` one after the other; where memory runs out, in smaller batches (:class:`BatchSize`)."""
    batch_size = pipeline.batch_size
    for shard in shards:
        while True:
            try:
                made = pipeline.make(shard, store, workers=workers, on_progress=progress.add)
                break
            except RuntimeError as error:
                # PyTorch has a class of error for a GPU's memory alone
                if not isinstance(error, torch.OutOfMemoryError) and 'not enough memory' not in str(error):
                    raise
                if batch_size.now == 1:
                    raise UserError(
                        f'{pipeline.device} has too little memory for a batch of one image; use a smaller generator '
                        'or image, or dtype float16'
                    ) from None
                progress.say(batch_size.shrink(pipeline.device))
            torch.cuda.empty_cache()
        if line := batch_size.grow():
            progress.say(line)
        progress.finish(tally(made.samples, pipeline.recipe.filters, size=made.size))
