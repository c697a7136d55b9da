"""The data set's papers: manifest.jsonl (each sample), lists and COCO files, dataset.json (the whole)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from mmdatasetdm.generation.annotators.base import IGNORE
from mmdatasetdm.generation.dataset_info import DatasetInfo
from mmdatasetdm.generation.filters.base import Filter, Fitted, dropped_by, fit_filters
from mmdatasetdm.generation.records import SampleRecord
from mmdatasetdm.generation.storage.manifest import open_manifest
from mmdatasetdm.generation.storage.plan import Plan
from mmdatasetdm.generation.storage.shards import INLINE, ShardStore, facts_of
from mmdatasetdm.generation.storage.statistics import Totals, throughput, warnings_of
from mmdatasetdm.generation.writers.base import FolderWriter
from mmdatasetdm.generation.writers.coco_json import write_coco
from mmdatasetdm.utils.checksum import canonical, digest
from mmdatasetdm.utils.io import dump_json, write_atomic

LISTS = 'ImageSets/Segmentation'


@dataclass(frozen=True, kw_only=True)
class DatasetParts:
    """What the samples of a data set have in common.

    Attributes:
        classes: the semantic decoder's; none without it.
        tasks: which labels there are.
        writer: of the layout.
        categories: COCO's categories by task, of the tasks that have a COCO file.
        skeleton: pairs of keypoint numbers, from 1.
        generator, drawn_by, custom_imports: as in :class:`DatasetInfo`.
    """

    classes: Sequence[str]
    tasks: Sequence[str]
    writer: FolderWriter
    categories: Mapping[str, Sequence[dict]]
    skeleton: Sequence[Sequence[int]]
    generator: str = ''
    drawn_by: str = ''
    custom_imports: Sequence[str] = ()


def assemble(
    store: ShardStore, plan: Plan, *, identity: Mapping, parts: DatasetParts, filters: Sequence[Filter]
) -> DatasetInfo:
    """Write the lists, the manifest and dataset.json from shards that are all done; -> dataset.json's contents.

    They are written whatever is in them: pictures are needed most where nothing was selected. Memory does not grow with
    the number of samples, but for filters that compare samples.
    """
    root, writer = store.root, parts.writer
    layout = writer.layout(parts.tasks)
    images = f'{layout["data_prefix"]["img_path"]}/'
    (root / LISTS).mkdir(parents=True, exist_ok=True)
    totals = Totals(parts.classes, fit_filters(filters, lambda: store.samples(plan)))
    paths = [root / LISTS / 'train.txt', root / LISTS / 'all.txt']
    temporary = [path.with_name(f'{path.name}.tmp') for path in paths]
    for path in temporary:
        path.unlink(missing_ok=True)  # of a killed run
    with (
        open_manifest(root, writer.manifest) as manifest,
        open(temporary[0], 'x') as train,
        open(temporary[1], 'x') as every,
    ):
        for record in store.samples(plan):
            line = totals.add(record)
            manifest.write(line)
            if not record.failed:
                listed = record.files['image'].removeprefix(images).removesuffix(layout['img_suffix'])
                every.write(f'{listed}\n')
                if line.selected:
                    train.write(f'{listed}\n')
    for source, target in zip(temporary, paths, strict=True):
        os.replace(source, target)
    for task, written in layout.get('coco_files', {}).items():
        for name, rules in dict(train=totals.filters, all=()).items():
            write_coco(
                root / written[name],
                partial(_selected, store, plan, rules),
                key=INLINE[task],
                categories=parts.categories[task],
                folder=images,
            )
    writer.write_index(root, partial(_selected, store, plan, totals.filters), categories=parts.categories)
    for name, text in writer.files().items():
        write_atomic(root / name, text.encode())
    coco = [path for written in layout.get('coco_files', {}).values() for path in written.values()]
    described = [*(str(path.relative_to(root)) for path in paths), writer.manifest, *coco, *writer.files()]
    dataset = DatasetInfo(
        fingerprint=digest(json.loads(canonical(identity))),
        num=plan.num,
        **totals.report(),
        warnings=warnings_of(totals),
        **layout,
        ignore_index=IGNORE,
        reduce_zero_label=False,
        tasks=list(parts.tasks),
        skeleton=[list(pair) for pair in parts.skeleton],
        categories={task: list(found) for task, found in parts.categories.items()},
        ann_file=f'{LISTS}/train.txt',
        checksums={name: facts_of(root / name) for name in described},
        throughput=throughput(store.read(shard.index) for shard in plan),
        code_versions=sorted({store.read(shard.index).code for shard in plan}),
        generator=parts.generator,
        drawn_by=parts.drawn_by,
        custom_imports=list(parts.custom_imports),
        recipe=json.loads(canonical(identity)),
    )
    write_atomic(root / 'dataset.json', dump_json(dataset.as_json()))
    return dataset


def _selected(store: ShardStore, plan: Plan, filters: Sequence[Filter | Fitted]) -> Iterator[SampleRecord]:
    return (record for record in store.samples(plan) if dropped_by(filters, record) is None)
