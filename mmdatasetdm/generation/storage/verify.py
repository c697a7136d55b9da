"""Whether a data set is whole: every shard, every file by its checksum, and what the lists and counts say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.dataset_info import DatasetInfo, read_dataset
from mmdatasetdm.generation.records import FileFacts
from mmdatasetdm.generation.storage.identity import read_recipe
from mmdatasetdm.generation.storage.manifest import read_manifest
from mmdatasetdm.generation.storage.plan import Plan, Shard
from mmdatasetdm.generation.storage.shards import ShardStore, missing_files
from mmdatasetdm.utils.checksum import sha256_file
from mmdatasetdm.utils.io import below


def verify(root: Path, *, on_progress: Callable[[int], None] = lambda samples: None) -> Iterator[str]:
    """What is wrong with the data set in ``root``, a line each; nothing: it is whole. Nothing is changed.

    Args:
        on_progress: is told how many samples were checked.
    Raises:
        UserError: there is no data set.
        OSError: a file cannot be read.
    """
    if not (root / 'recipe.json').exists():
        raise UserError(f'{root} is not a generated data set: it has no recipe.json')
    recipe = read_recipe(root)
    store = ShardStore(root)
    if not (root / 'dataset.json').exists():
        there = sum(1 for _ in store.folder.glob('[0-9]*.json'))
        yield f'dataset.json is missing: the making is not finished ({there} shards are there)'
        return
    try:
        dataset = read_dataset(root, DatasetInfo)
    except UserError as error:
        yield str(error)
        return
    if dataset.fingerprint != recipe['fingerprint']:
        yield 'dataset.json is of another recipe than recipe.json'
    plan = Plan(num=dataset.num or dataset.samples, shard_size=dataset.recipe.get('shard_size', 1))
    for shard in plan:
        yield from _wrong_with_shard(store, shard)
        on_progress(shard.count)
    for relative, known in dataset.checksums.items():
        yield from _wrong_with_file(root, relative, known, 'dataset.json')
    yield from _wrong_counts(root, dataset)


def _wrong_with_shard(store: ShardStore, shard: Shard) -> Iterator[str]:
    marker = store.marker(shard.index).relative_to(store.root)
    try:
        done = store.read(shard.index)
    except FileNotFoundError:
        yield f'{marker} is missing: samples {shard.first} to {shard.first + shard.count - 1} are not made'
        return
    except UserError as error:
        yield str(error)
        return
    ids = [record.id for record in done.samples]
    if ids[: shard.count] != list(shard.ids):
        yield f'{marker} does not hold samples {shard.first} to {shard.first + shard.count - 1}'
    for relative, known in done.files.items():
        yield from _wrong_with_file(store.root, relative, known, str(marker))
    for missing in missing_files(done):
        yield f'{marker} does not list {missing}'


def _wrong_with_file(root: Path, relative: str, known: FileFacts, noted: str) -> Iterator[str]:
    try:
        path = below(root, relative)
    except UserError as error:
        yield str(error)
        return
    if not path.is_file():
        yield f'{relative} is missing'
    elif path.stat().st_size != known['size']:
        yield f'{relative} has {path.stat().st_size} bytes, not the {known["size"]} that {noted} notes'
    elif sha256_file(path) != known['sha256']:
        yield f'{relative} was changed: its checksum is not the one that {noted} notes'


def _wrong_counts(root: Path, dataset: DatasetInfo) -> Iterator[str]:
    """Whether manifest, lists and dataset.json speak of the same samples."""
    lines = selected = failed = 0
    try:
        for line in read_manifest(root):
            if line.id != lines:
                yield f'line {lines + 1} of the manifest is sample {line.id}, not {lines}'
                return
            lines, selected, failed = lines + 1, selected + line.selected, failed + (line.failed is not None)
    except UserError as error:
        yield str(error)
        return
    for name, counted, noted in (
        ('samples', lines, dataset.samples),
        ('samples', lines, dataset.num or lines),
        ('selected samples', selected, dataset.selected),
        ('failed samples', failed, dataset.failed),
    ):
        if counted != noted:
            yield f'the manifest has {counted} {name}, and dataset.json says {noted}'
    for relative, wanted in ((dataset.ann_file, selected), (_all_of(dataset.ann_file), lines - failed)):
        path = below(root, relative) if relative else None
        if path and path.is_file():
            with open(path, encoding='utf-8') as file:
                counted = sum(1 for _ in file)
            if counted != wanted:
                yield f'{relative} names {counted} samples; {wanted} belong there'


def _all_of(ann_file: str) -> str:
    return ann_file.replace('train.txt', 'all.txt')
