"""Shards on disk: written under a temporary name, checksummed, renamed into place, then marked done.

``OUT/shards/tmp-00003`` holds a shard in the making; its files are renamed to where readers expect them, and only then
does the marker ``OUT/shards/00003.json`` appear. Only samples of marked shards are ever listed, so a kill at any moment
leaves at worst whole files that no list names, which the restart writes again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from typing_extensions import TypedDict

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.records import FileFacts, SampleRecord, ShardRecord, as_json
from mmdatasetdm.generation.scores import ImageScores
from mmdatasetdm.generation.storage.plan import Part, Pending, Plan, Shard
from mmdatasetdm.utils.checksum import sha256, sha256_file
from mmdatasetdm.utils.io import below, dump_json, read_json, sync_files, write_atomic

# labels that a shard's records hold until the COCO files are written: the record's key
INLINE = dict(instance='instances', pose='persons')
REPAIR = 'make that data set whole with tools/generate.py … --repair'


def facts_of(path: Path) -> FileFacts:
    """The size and SHA-256 of a file."""
    return dict(size=path.stat().st_size, sha256=sha256_file(path))


class ImageScoresFile(TypedDict):
    """The scores of a shard's images: a digest of the options that they depend on, and ``ImageScores`` by id."""

    schema_version: int
    options: str
    samples: dict[str, dict[str, Any]]


def write_bytes(path: Path, data: bytes) -> None:
    """Write a new file; it is on the disk once its shard is committed."""
    path.unlink(missing_ok=True)
    with open(path, 'xb') as file:
        file.write(data)


def check_file(path: Path, known: FileFacts, *, name: Path) -> None:
    """UserError when ``path`` has not the ``known`` size and sha256; the message calls it ``name``."""
    if path.stat().st_size != known['size'] or sha256_file(path) != known['sha256']:
        raise UserError(_changed(name))


def check_bytes(data: bytes, known: FileFacts, *, name: Path) -> None:
    """UserError when the contents of the file ``name`` have not the ``known`` size and sha256."""
    if len(data) != known['size'] or sha256(data) != known['sha256']:
        raise UserError(_changed(name))


def _changed(name: Path) -> str:
    return f'{name} was changed or damaged: its checksum is not the one that its shard notes; {REPAIR}'


def missing_files(done: ShardRecord) -> Iterator[str]:
    """What a finished shard does not list of its samples' files; members of a tar file are in that one."""
    for record in done.samples:
        if not record.failed and 'image' not in record.files:
            yield f'the image of sample {record.id}'
        for relative in record.files.values():
            parents = map(str, PurePosixPath(relative).parents)
            if relative not in done.files and not any(parent in done.files for parent in parents):
                yield f'{relative} of sample {record.id}'


class StagedShard:
    """A shard in the making: files go to a folder of its own; ``commit`` moves them into place."""

    def __init__(self, store: ShardStore, shard: Shard):
        self.store = store
        self.shard = shard
        self.folder = store.folder / f'tmp-{shard.index:05d}'
        self.files: dict[str, FileFacts] = {}
        self._tars: dict[str, StagedTar] = {}
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def write(self, relative: str, data: bytes) -> None:
        """Stage a file. ``relative``: its path below the data set's folder."""
        write_bytes(self._staged(relative), data)
        self.files[relative] = dict(size=len(data), sha256=sha256(data))

    def link(self, relative: str, source: Path, *, known: FileFacts) -> None:
        """Stage a file of another data set: a hard link if possible, else a copy.

        Args:
            known: its size and sha256, as that data set has noted them.
        Raises:
            UserError: it is not that file any more.
        """
        target = self._staged(relative)
        try:
            os.link(source, target)
        except FileNotFoundError:
            raise UserError(f'{source} is missing; {REPAIR}') from None
        except OSError:  # another file system, or one without links
            shutil.copyfile(source, target)
        check_file(target, known, name=source)
        self.files[relative] = dict(size=known['size'], sha256=known['sha256'])

    def write_tar(self, relative: str, key: str, members: Mapping[str, bytes]) -> None:
        """Add a sample to a staged tar file, as WebDataset has it: ``members`` are bytes by ending, after ``key``.

        The same samples in the same order make the same bytes.
        """
        if relative not in self._tars:
            self._tars[relative] = StagedTar(self._staged(relative))
        self._tars[relative].writer.write({'__key__': key, **members})

    def _staged(self, relative: str) -> Path:
        path = self.folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def commit(self, samples: list[SampleRecord], *, info: dict) -> None:
        """Move the files into place and mark the shard done.

        Args:
            samples: their records.
            info: what else the marker keeps (seconds, device, code version).
        """
        for relative, tar in self._tars.items():
            self.files[relative] = tar.close()
        sync_files(self.folder)  # once a shard, before any name counts
        marker = self.store.marker(self.shard.index)
        marker.unlink(missing_ok=True)  # a shorter shard that grows: its old marker must not vouch for new files
        for relative in self.files:
            target = self.store.root / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(self.folder / relative, target)
        write_atomic(
            marker,
            dump_json(
                as_json(
                    ShardRecord(
                        shard=self.shard.index,
                        first=self.shard.first,
                        count=self.shard.count,
                        **info,
                        files=self.files,
                        samples=samples,
                    )
                )
            ),
        )
        self.discard()

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class StagedTar:
    """A tar file in the making, with its checksum: it is never read back."""

    def __init__(self, path: Path):
        import webdataset

        self.file = open(path, 'xb')  # noqa: SIM115
        self.size, self.hash = 0, hashlib.sha256()
        self.writer = webdataset.TarWriter(self, encoder=False, mtime=0, user='', group='')

    def write(self, data: bytes) -> int:
        """What the tar writer has to say."""
        self.hash.update(data)
        self.size += len(data)
        return self.file.write(data)

    def close(self) -> FileFacts:
        """End the archive."""
        self.writer.close()
        self.file.close()
        return dict(size=self.size, sha256=self.hash.hexdigest())


class ShardStore:
    """The shards of one data set folder."""

    def __init__(self, root: Path):
        self.root = root
        self.folder = root / 'shards'

    def begin(self, shard: Shard) -> StagedShard:
        return StagedShard(self, shard)

    def begun(self) -> bool:
        """Whether any shard is done."""
        return any(self.folder.glob('[0-9]*.json'))

    def marker(self, index: int) -> Path:
        return self.folder / f'{index:05d}.json'

    def read(self, index: int) -> ShardRecord:
        """A shard's marker.

        Raises:
            FileNotFoundError: the shard is not done.
            UserError: the marker is damaged.
        """
        return read_json(self.marker(index), ShardRecord, advice=f'it is damaged; {REPAIR}', versioned=True)

    def pending(self, plan: Plan, *, part: Part | None = None, checksums: bool = False) -> Pending:
        """What is left of ``plan``, or of one part of it, whose shards alone are looked at; in a folder without shards
        that takes no time, however long the plan is.
        """
        part = part or Part()
        done = bytearray()
        for path in self.folder.glob('[0-9]*.json'):
            index = int(path.stem) if path.stem.isdecimal() and len(path.stem) < 16 else len(plan)
            if index < len(plan) and plan[index] in part and self.is_done(plan[index], checksums=checksums):
                done.extend(bytes(max(0, index + 1 - len(done))))
                done[index] = 1
        return Pending(plan=plan, done=bytes(done), part=part)

    def count_marked(self, plan: Plan) -> int:
        """How many shards of ``plan`` are marked done, by the names of the markers alone."""
        stems = (path.stem for path in self.folder.glob('[0-9]*.json'))
        return sum(stem.isdecimal() and len(stem) < 16 and int(stem) < len(plan) for stem in stems)

    def is_done(self, shard: Shard, *, checksums: bool = False) -> bool:
        """Whether the shard is marked done with at least its count of samples, and its files are there and have their
        sizes.

        ``checksums``: read every file and compare its SHA-256 as well.
        """
        try:
            done = self.read(shard.index)
            return (
                done.first == shard.first
                and done.count >= shard.count
                and [record.id for record in done.samples[: shard.count]] == list(shard.ids)
                and not any(missing_files(done))
                and all(self._intact(relative, known, checksums) for relative, known in done.files.items())
            )
        except (FileNotFoundError, UserError):  # it is made again
            return False

    def _intact(self, relative: str, known: FileFacts, checksums: bool) -> bool:
        path = below(self.root, relative)
        return path.stat().st_size == known['size'] and (not checksums or sha256_file(path) == known['sha256'])

    def samples(self, shards: Iterable[Shard]) -> Iterator[SampleRecord]:
        """The records of ``shards`` with the scores of their images, one shard in memory at a time."""
        for shard in shards:
            known = self.read_image_scores(shard.index)
            images = known['samples'] if known else {}
            for record in self.read(shard.index).samples:
                if record.id not in shard.ids:
                    continue
                if record.scores and (image := images.get(str(record.id))):
                    record = replace(record, scores=replace(record.scores, image=ImageScores(**image)))
                yield record

    def image_scores_path(self, index: int) -> Path:
        """The file of the scores of a shard's images."""
        return self.root / 'scores' / f'{index:05d}.json'

    def read_image_scores(self, index: int) -> ImageScoresFile | None:
        """The scores of a shard's images; None: there are none.

        Raises:
            UserError: the file is damaged.
        """
        path = self.image_scores_path(index)
        if not path.is_file():
            return None
        return read_json(path, ImageScoresFile, advice='it is damaged; delete it, run tools/score.py', versioned=True)
