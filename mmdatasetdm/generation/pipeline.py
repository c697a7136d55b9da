"""One worker's machinery: load the models of a recipe, and turn shards of sample ids into files."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.base import Annotation, coco_labels
from mmdatasetdm.generation.batch import Batch
from mmdatasetdm.generation.batch_size import BatchSize
from mmdatasetdm.generation.cascade import sampler_identity
from mmdatasetdm.generation.given import NOT_SAMPLED, GivenImages, GivenSource
from mmdatasetdm.generation.handover import load_drawer
from mmdatasetdm.generation.labeller import Labeller
from mmdatasetdm.generation.origin import Origin
from mmdatasetdm.generation.prompts.base import build_prompts
from mmdatasetdm.generation.recipe import Recipe
from mmdatasetdm.generation.records import Instance, Labels, Person, SampleRecord
from mmdatasetdm.generation.scores import Scores
from mmdatasetdm.generation.sources import FolderSource, SamplingSource, Source
from mmdatasetdm.generation.storage.assemble import DatasetParts
from mmdatasetdm.generation.storage.latents import latents_path
from mmdatasetdm.generation.storage.plan import Shard, sample_name
from mmdatasetdm.generation.storage.shards import ShardStore, StagedShard
from mmdatasetdm.utils.checksum import digest, sha256_file

WAITING = 3  # batches that wait to be written; more would fill the memory


class Pipeline:
    """Latents, labels, files. Everything that a label depends on is in ``identity``.

    Args:
        recipe: what to make.
        device: of all models.
        origin: annotate this folder's samples instead of sampling.
        images: annotate these.
        code: the code's version, for the manifest.
    """

    def __init__(
        self, *, recipe: Recipe, device: str, origin: Origin | None, code: str, images: GivenImages | None = None
    ):
        self.recipe = recipe
        # given images have sizes of their own
        alone = images is not None or (origin is not None and origin.sampled['prompts'].get('type') == 'images')
        if alone and recipe.writer.keep_latents:
            raise UserError('writer.keep_latents: the latents of given images differ in size; set it to False')
        self.batch_size = BatchSize(1 if alone else recipe.batch_size)
        self.device = device
        self.origin = origin
        self.images = images
        self.code = code
        self.models = Labeller(recipe=recipe, device=device)
        self.generator = self.drawer = self.models.generator
        self.decoder_hashes = {
            task: '+'.join(sha256_file(Path(checkpoint))[:16] for checkpoint in options.checkpoints)
            for task, options in recipe.decoders.items()
        }
        self.source, suffix = self._source()
        if recipe.compile and origin is None:
            self.drawer.compile()
        self.writer = self.models.build_writer(recipe.writer, suffix=suffix)
        self.parts = DatasetParts(
            classes=self.models.classes,
            tasks=self.models.tasks,
            writer=self.writer,
            categories=self.models.coco_categories,
            skeleton=self.models.skeleton,
            generator=recipe.generator,
            drawn_by=self._drawn_by,
            custom_imports=recipe.custom_imports,
        )

    @property
    def _drawn_by(self) -> str:
        """The name of the model that drew the images, where the decoders read another one."""
        if self.origin is not None:
            return self.origin.drawn_by
        return '' if self.drawer is self.generator else self.recipe.sampler.generator or self.recipe.generator

    def _source(self) -> tuple[Source, str | None]:
        if self.images is not None:
            self.models.check_prompts(self.images.classes)
            return GivenSource(images=self.images, generator=self.generator), None
        if self.origin is None:
            self.models.check_prompts(self.recipe.prompts.classes)
            self.drawer = load_drawer(self.recipe, self.generator)
            return SamplingSource(
                drawer=self.drawer,
                generator=self.generator,
                prompts=self.recipe.prompts,
                sampler=self.recipe.sampler,
                seed=self.recipe.seed,
            ), None
        origin = self.origin
        if origin.sampled['generator'] != self.generator.fingerprint:
            raise UserError(
                f'--relabel {origin.root} was sampled by the generator {origin.sampled["generator"]}, but the '
                f'decoder reads features of {self.generator.fingerprint} ({self.recipe.generator})'
            )
        self.models.check_prompts(origin.prompted)
        return FolderSource(root=origin.root, generator=self.generator, shard_size=origin.shard_size), origin.suffix

    @property
    def shard_size(self) -> int:
        return self.origin.shard_size if self.origin else self.recipe.shard_size

    @property
    def least_size(self) -> float:
        """Bytes that a sampled image takes of the disk at the very least."""
        assert isinstance(self.source, SamplingSource)
        height, width = self.source.cascade.size
        return 0.05 * 3 * height * width

    @property
    def identity(self) -> dict:
        """All that a sample is a function of, beside its id. Batch size, device and workers are not in it."""
        recipe = self.recipe
        if self.origin:
            sampled = self.origin.sampled
            made: dict[str, Any] = dict(
                generator=sampled['generator'],
                seed=sampled['seed'],
                sampler=sampled['sampler'],
                prompts=sampled['prompts'],
                shard_size=sampled['shard_size'],
                relabelled_from=self.origin.fingerprint,
            )
        elif self.images:
            made = dict(
                generator=self.generator.fingerprint,
                seed=recipe.seed,
                sampler=dict(NOT_SAMPLED),
                prompts=dict(type='images', images=self.images.identity),
                shard_size=recipe.shard_size,
            )
        else:
            prompts = dict(type=recipe.prompt_options['type'], **recipe.prompts.identity)
            # a change of the grammar, which is code, must be noticed too
            sentences = build_prompts(recipe.prompt_options, seed=0)
            prompts['first'] = digest([sentences(sample_id).text for sample_id in range(16)])
            made = dict(
                generator=self.generator.fingerprint,
                seed=recipe.seed,
                sampler=sampler_identity(
                    recipe.sampler, drawer=None if self.drawer is self.generator else self.drawer.fingerprint
                ),
                prompts=prompts,
                shard_size=recipe.shard_size,
            )
        decoders = {
            task: dict(
                checkpoint=self.decoder_hashes[task], model=self.models.model_configs[task], **annotator.identity
            )
            for task, annotator in self.models.annotators.items()
        }
        return dict(
            made,
            dtype=str(self.generator.dtype).removeprefix('torch.'),
            decoders=decoders,
            writer=asdict(recipe.writer),
        )

    def make(self, shard: Shard, store: ShardStore, *, workers: int, on_progress: Callable[[int], None]) -> Made:
        """Make one shard and commit it. ``on_progress`` is told how many samples each batch added (a negative number:
        the shard has to be begun again).
        """
        batch_size = self.batch_size.now
        seconds = dict(sample=0.0, annotate=0.0, write=0.0)
        samples: list[SampleRecord] = []
        latents = []
        stage = store.begin(shard)
        done = 0
        # images are encoded and written beside, so that the device does not wait for it
        writer = ThreadPoolExecutor(1, thread_name_prefix='writer')
        written: deque[Future[list[SampleRecord]]] = deque()
        try:
            for ids in shard.batches(batch_size):
                clock = Clock(seconds)
                batch = self.source.batch(ids)
                clock.book('sample', self.device)
                annotations = self.models.annotate(batch.latents, batch.prompts, image_size=batch.size)
                latents += list(batch.latents.half().cpu().numpy())
                clock.book('annotate', self.device)
                while len(written) >= WAITING or (written and written[0].done()):
                    samples += written.popleft().result()
                written.append(writer.submit(self._write, stage, batch, annotations))
                clock.book('write', self.device)
                done += len(ids)
                on_progress(len(ids))
            clock = Clock(seconds)
            while written:
                samples += written.popleft().result()
            clock.book('write', self.device)
            if self.recipe.writer.keep_latents:
                self.writer.write_latents(stage, latents_path(shard.index), latents)
            stage.commit(
                samples,
                info=dict(
                    seconds={part: round(value, 4) for part, value in seconds.items()},
                    workers=workers,
                    device=device_name(self.device),
                    batch_size=batch_size,
                    code=self.code,
                ),
            )
        except BaseException:
            writer.shutdown(cancel_futures=True)
            stage.discard()
            on_progress(-done)
            raise
        writer.shutdown()
        return Made(samples=samples, size=sum(known['size'] for known in stage.files.values()))

    def _write(
        self, stage: StagedShard, batch: Batch, annotations: Sequence[Mapping[str, Annotation]]
    ) -> list[SampleRecord]:
        """Stage the files of a batch; -> its records."""
        failures = [
            failure or next((one.failure for one in found.values() if one.failure), None)
            for found, failure in zip(annotations, batch.failures, strict=True)
        ]
        labels: list[dict[str, Labels] | None] = [
            None if failure else {task: annotation.labels for task, annotation in found.items()}
            for found, failure in zip(annotations, failures, strict=True)
        ]
        files = self.writer.write(stage, batch, labels)
        return [
            SampleRecord(
                id=sample_id,
                name=sample_name(sample_id),
                prompt=batch.prompts[row].text,
                classes=list(batch.prompts[row].classes),
                seed=batch.origins[row].seed,
                sampler=batch.origins[row].sampler,
                generator=batch.origins[row].generator,
                decoders=dict(self.decoder_hashes),
                code=self.code,
                files=files[row],
                size=list(batch.size),
                instances=coco_labels(labels[row], 'instance', Instance),
                persons=coco_labels(labels[row], 'pose', Person),
                failed=failures[row],
                scores=None if failures[row] else scores_of(annotations[row]),
            )
            for row, sample_id in enumerate(batch.ids)
        ]


@dataclass(frozen=True)
class Made:
    """A finished shard: its samples, and the bytes of its files."""

    samples: list[SampleRecord]
    size: int


def scores_of(annotations: Mapping[str, Annotation]) -> Scores:
    return Scores.of({task: annotation.scores for task, annotation in annotations.items()})


class Clock:
    """Books the seconds since the last booking."""

    def __init__(self, seconds: dict[str, float]):
        self.seconds = seconds
        self.last = time.perf_counter()

    def book(self, part: str, device: str) -> None:
        if device.startswith('cuda'):
            torch.cuda.synchronize()
        now = time.perf_counter()
        self.seconds[part] += now - self.last
        self.last = now


def device_name(device: str) -> str:
    return torch.cuda.get_device_name() if device.startswith('cuda') else 'CPU'
