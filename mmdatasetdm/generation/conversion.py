"""A finished data set in another layout, or with changed label maps: neither sampled nor labelled again."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from tqdm import tqdm

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.batch import Batch, SampleOrigin
from mmdatasetdm.generation.dataset_info import DatasetInfo, read_dataset
from mmdatasetdm.generation.filters.base import Filter, build_filters
from mmdatasetdm.generation.options import choose
from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.generation.records import FileFacts, Labels, SampleRecord, ShardRecord
from mmdatasetdm.generation.storage.assemble import DatasetParts, assemble
from mmdatasetdm.generation.storage.identity import bind, check_out
from mmdatasetdm.generation.storage.latents import latents_path
from mmdatasetdm.generation.storage.lock import folder_lock
from mmdatasetdm.generation.storage.plan import Plan, Shard
from mmdatasetdm.generation.storage.shards import ShardStore, check_file
from mmdatasetdm.generation.writers.base import FolderWriter, build_writer_options
from mmdatasetdm.generation.writers.voc import ImageOptions
from mmdatasetdm.registry import WRITERS
from mmdatasetdm.utils.checksum import canonical
from mmdatasetdm.utils.io import below, read_image, write_atomic
from mmdatasetdm.utils.tar import split_path


class LabelChange(Protocol):
    """Makes other label maps of those that are there."""

    @property
    def identity(self) -> dict[str, Any]:
        """What the new label maps depend on beside the old ones, by key of the data set's recipe."""

    def __call__(self, record: SampleRecord, image: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Image (H, W, 3) uint8 RGB and its label map (H, W) uint8 -> the new label map."""


@dataclass(frozen=True)
class FinishedDataset:
    """A finished data set, with its samples as they were written.

    Attributes:
        root: its folder.
        info: its dataset.json.
    """

    root: Path
    info: DatasetInfo

    @classmethod
    def open(cls, root: Path) -> FinishedDataset:
        """UserError: there is no finished data set in the folder, or it was made before it noted its categories."""
        info = read_dataset(root, DatasetInfo)
        if info.coco_files and not info.categories:
            raise UserError(
                f'{root}/dataset.json has no categories: an earlier version made it; run tools/generate.py there '
                'again, which keeps all samples'
            )
        return cls(root, info)

    @property
    def plan(self) -> Plan:
        """All of its samples."""
        return Plan(num=self.info.num or self.info.samples, shard_size=self.info.recipe.get('shard_size', 64))

    @property
    def filters(self) -> tuple[Filter, ...]:
        """Those that chose its samples."""
        counts, rules = ('dropped', 'reasons'), self.info.filters
        with self._told_of_imports():
            return build_filters([{key: one for key, one in rule.items() if key not in counts} for rule in rules])

    @contextmanager
    def _told_of_imports(self) -> Iterator[None]:
        """A kind that is not known may be another package's. What a data file names is not imported unasked."""
        try:
            yield
        except UserError as error:
            missing = ' '.join(name for name in self.info.custom_imports if name not in sys.modules)
            # before the error, which may be long and name all kinds that there are
            advice = f'give --custom-imports {missing}: {self.root} was made with kinds of other packages; '
            raise UserError(f'{advice if missing else ""}{error}') from None

    def layout_of(self, options: Mapping[str, Any]) -> type[FolderWriter]:
        """The class of writers that a recipe's ``writer`` names."""
        with self._told_of_imports():
            return choose(WRITERS, options.get('type', 'voc'), where='writer.type')

    def build_writer(self, options: Mapping[str, Any]) -> FolderWriter:
        """The writer of a layout for its labels; ``options`` as a recipe's ``writer``."""
        info = self.info
        with self._told_of_imports():
            written = build_writer_options(options)
        things = {one['id']: one['name'] for one in info.categories.get('instance', ())}
        writer = choose(WRITERS, written.type, where='writer.type')(
            options=written, classes=info.classes, palette=info.palette, categories=things or None
        )
        writer.check_tasks(info.tasks)
        if not writer.label_names:
            writer.label_names = info.label_names
        return writer

    def own_writer(self) -> FolderWriter:
        """The writer of its own layout."""
        info, options = self.info, dict(self.info.recipe['writer'])
        return self.layout_of(options)(
            options=build_writer_options(options),
            classes=list(info.per_class) if info.label_names else info.classes,
            palette=info.palette,
            categories={one['id']: one['name'] for one in info.categories.get('instance', ())} or None,
            suffix=f'.{info.img_suffix.rpartition(".")[2]}',
        )

    def parts(self, writer: FolderWriter, *, custom_imports: Sequence[str] = ()) -> DatasetParts:
        """What its samples have in common, written by ``writer``; it takes kinds of further modules."""
        info = self.info
        return DatasetParts(
            classes=list(info.per_class),
            tasks=info.tasks,
            writer=writer,
            categories=info.categories,
            skeleton=info.skeleton,
            generator=info.generator,
            drawn_by=info.drawn_by,
            custom_imports=list(dict.fromkeys((*info.custom_imports, *custom_imports))),
        )

    def image(self, record: SampleRecord, marker: ShardRecord) -> tuple[Path, FileFacts] | np.ndarray:
        """A sample's image: its file and what the shard notes of it; of a tar file, its pixels."""
        name = record.files['image']
        path = below(self.root, name)
        return read_image(path) if split_path(name) else (path, marker.files[name])

    def labels(self, record: SampleRecord) -> dict[str, Labels]:
        """A sample's labels by task, as annotators make them."""
        found: dict[str, Labels] = {}
        if 'semantic' in record.files:
            found['semantic'] = read_image(below(self.root, record.files['semantic']), mode=None)
        if 'depth' in record.files:
            millimetres = read_image(below(self.root, record.files['depth']), mode=None)
            found['depth'] = (millimetres / self.info.recipe['writer']['depth_scale']).astype(np.float32)
        if record.instances is not None:
            found['instance'] = record.instances
        if record.persons is not None:
            found['pose'] = record.persons
        return found


def convert(
    root: str | Path,
    out: str | Path,
    *,
    writer: Mapping[str, Any] | None = None,
    num: int | None = None,
    change: LabelChange | None = None,
    custom_imports: Sequence[str] = (),
) -> DatasetInfo:
    """Write a finished data set anew, in another layout or with other label maps; that one stays as it is.

    An interrupted conversion goes on when it is called again. Images whose format stays are linked, not copied, where
    the file system can.

    Args:
        root: the finished data set.
        out: the new folder, or one that an earlier call began.
        writer: the new layout, as a recipe's ``writer``; images keep their format where it does not say one. None: that
            of ``root``.
        num: the first samples only; None: all.
        change: makes the new label maps; None: they stay.
        custom_imports: modules of other packages that register ``writer``; dataset.json names them.
    Returns:
        What the new dataset.json holds.
    Raises:
        UserError: ``root`` is no finished data set, its labels do not fit the layout, or ``out`` is in use.
    """
    source, out = FinishedDataset.open(Path(root)), Path(out)
    if out.resolve() == source.root.resolve():
        raise UserError(f'{out} is the data set itself; give a new folder')
    options = dict(writer or source.info.recipe['writer'])
    if issubclass(source.layout_of(options).Options, ImageOptions):
        options.setdefault('image_format', source.info.img_suffix.rpartition('.')[2])
    target = source.build_writer(options)
    plan = source.plan
    if num is not None:
        if num > plan.num:
            raise UserError(f'{num} samples are asked for; {source.root} has {plan.num}')
        plan = replace(plan, num=num)
    identity = json.loads(
        canonical(
            {
                **source.info.recipe,
                'writer': asdict(target.options),
                'converted_from': source.info.fingerprint,
                **(change.identity if change else {}),
            }
        )
    )
    check_out(out)
    out.mkdir(parents=True, exist_ok=True)
    with folder_lock(out):
        store, old = ShardStore(out), ShardStore(source.root)
        bind(out, identity, begun=store.begun())
        pending = store.pending(plan)
        with tqdm(total=pending.samples, unit=' samples', leave=False, disable=None) as bar:
            for shard in pending:
                _convert_shard(source, old.read(shard.index), shard, store, target, change)
                bar.update(shard.count)
        return assemble(
            store,
            plan,
            identity=identity,
            parts=source.parts(target, custom_imports=custom_imports),
            filters=source.filters,
        )


def _convert_shard(
    source: FinishedDataset,
    marker: ShardRecord,
    shard: Shard,
    store: ShardStore,
    writer: FolderWriter,
    change: LabelChange | None,
) -> None:
    for name, known in marker.files.items():
        if name.endswith('.tar'):
            check_file(path := below(source.root, name), known, name=path)
    records = list(marker.samples[: shard.count])
    images: list[tuple[Path, FileFacts] | np.ndarray | None] = []
    labels: list[dict[str, Labels] | None] = []
    for row, record in enumerate(records):
        if record.failed:
            images.append(None)
            labels.append(None)
            continue
        image, found = source.image(record, marker), source.labels(record)
        if change is not None and isinstance(before := found.get('semantic'), np.ndarray):
            pixels = image if isinstance(image, np.ndarray) else read_image(image[0])
            found['semantic'] = after = change(record, pixels, before)
            records[row] = _scored_anew(record, after, source.info.classes)
        if not isinstance(image, np.ndarray) and image[0].suffix != writer.img_suffix[-len(image[0].suffix) :]:
            image = read_image(image[0])
        images.append(image)
        labels.append(found)
    stage = store.begin(shard)
    try:
        batch = Batch(
            ids=shard.ids,
            prompts=[Prompt(record.prompt, tuple(record.classes)) for record in records],
            latents=torch.zeros(0),
            size=(records[0].size[0], records[0].size[1]),
            images=images,
            origins=[SampleOrigin()] * len(records),
            failures=[record.failed for record in records],
        )
        files = writer.write(stage, batch, labels)
        latents = latents_path(shard.index)
        if latents in marker.files and shard.count == marker.count:
            stage.link(latents, below(source.root, latents), known=marker.files[latents])
        stage.commit(
            [replace(record, files=written) for record, written in zip(records, files, strict=True)],
            info=dict(
                seconds=marker.seconds,
                workers=marker.workers,
                device=marker.device,
                batch_size=marker.batch_size,
                code=marker.code,
            ),
        )
        scored = ShardStore(source.root).image_scores_path(shard.index)
        if scored.is_file():
            copy = store.image_scores_path(shard.index)
            copy.parent.mkdir(exist_ok=True)
            write_atomic(copy, scored.read_bytes())
    except BaseException:
        stage.discard()
        raise


def _scored_anew(record: SampleRecord, labels: np.ndarray, classes: list[str]) -> SampleRecord:
    """The record with the fractions of new label maps."""
    if record.scores is None or record.scores.semantic is None:
        return record
    counts = np.bincount(labels.ravel(), minlength=256)
    fractions = {name: round(int(counts[i]) / labels.size, 6) for i, name in enumerate(classes) if counts[i]}
    scores = replace(record.scores.semantic, fractions=fractions, ignored=round(int(counts[255]) / labels.size, 6))
    return replace(record, scores=replace(record.scores, semantic=scores))
