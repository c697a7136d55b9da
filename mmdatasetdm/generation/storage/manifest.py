"""The manifest: a line a sample, as JSON lines or as Parquet."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.records import ManifestLine, as_json
from mmdatasetdm.generation.scores import TASK_SCORES, numbers
from mmdatasetdm.utils.io import adapter
from mmdatasetdm.utils.schema import check_version

LINES, PARQUET = 'manifest.jsonl', 'manifest.parquet'
GROUP = 4096  # rows that are in memory at a time: a row group
FILES = ('image', 'semantic', 'depth')


@contextlib.contextmanager
def open_manifest(root: Path, name: str) -> Iterator[Any]:
    """A context that writes a manifest, whole or not at all; it gives an object with ``write(line)``.

    Args:
        name: ``manifest.jsonl`` or ``manifest.parquet``; one of the other name is removed.
    """
    path = root / name
    temporary = path.with_name(f'{name}.tmp')
    temporary.unlink(missing_ok=True)  # of a killed run
    writer = _ParquetWriter(temporary) if name == PARQUET else _LineWriter(temporary)
    try:
        yield writer
    finally:
        writer.close()
    os.replace(temporary, path)
    (root / ({LINES, PARQUET} - {name}).pop()).unlink(missing_ok=True)


class _LineWriter:
    def __init__(self, path: Path):
        self.file = open(path, 'x', encoding='utf-8')  # noqa: SIM115

    def write(self, line: ManifestLine) -> None:
        self.file.write(json.dumps(as_json(line), ensure_ascii=False) + '\n')

    def close(self) -> None:
        self.file.close()


class _ParquetWriter:
    """Columns for what is searched by, one for every number among the scores, and the whole line as JSON."""

    def __init__(self, path: Path):
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.scores = [f'{task}.{name}' for task, kind in TASK_SCORES.items() for name in _numbers_of(kind)]
        text, whole, texts = pa.string(), pa.int64(), pa.list_(pa.string())
        columns = dict(id=whole, name=text, prompt=text, classes=texts, seed=whole, height=pa.int32(), width=pa.int32())
        columns.update(dict.fromkeys(FILES, text), failed=text, selected=pa.bool_(), dropped=text)
        columns.update(dict.fromkeys(self.scores, pa.float64()), fractions=pa.map_(text, pa.float64()), record=text)
        self.schema = pa.schema(list(columns.items()))
        self.file = pq.ParquetWriter(path, self.schema, compression='zstd')
        self.table = pa.Table
        self.rows: list[dict[str, Any]] = []

    def write(self, line: ManifestLine) -> None:
        value = as_json(line)
        found, semantic = numbers(line.scores), line.scores.semantic if line.scores else None
        self.rows.append(
            dict(
                {key: value.get(key) for key in ('id', 'name', 'prompt', 'classes', 'seed', 'failed', 'selected')},
                dropped=line.dropped,
                height=line.size[0] if line.size else None,
                width=line.size[1] if line.size else None,
                fractions=list(semantic.fractions.items()) if semantic else None,
                record=json.dumps(value, ensure_ascii=False),
                **{kind: line.files.get(kind) for kind in FILES},
                **{name: found.get(name) for name in self.scores},
            )
        )
        if len(self.rows) == GROUP:
            self._flush()

    def _flush(self) -> None:
        self.file.write_table(self.table.from_pylist(self.rows, schema=self.schema))
        self.rows.clear()

    def close(self) -> None:
        if self.rows:
            self._flush()
        self.file.close()


def _numbers_of(kind: type) -> list[str]:
    """The fields of a class of scores that are numbers."""
    return [one.name for one in fields(kind) if one.type in ('float', 'int', 'float | None', 'int | None')]


def read_manifest(root: Path) -> Iterator[ManifestLine]:
    """The lines of a folder's manifest, of either form, a few in memory at a time.

    Raises:
        UserError: there is none, it is damaged, or of another version.
    """
    path = root / PARQUET
    if not path.is_file():
        path = root / LINES
    texts = _parquet_records(path) if path.name == PARQUET else _lines(path)
    for number, text in enumerate(texts, 1):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            raise UserError(f'{path}: line {number} is damaged; run tools/generate.py again') from None
        check_version(value, f'{path}: line {number}')
        try:
            yield adapter(ManifestLine).validate_json(text, strict=True)
        except ValidationError:
            raise UserError(f'{path}: line {number} is damaged; run tools/generate.py again') from None


def _lines(path: Path) -> Iterable[str]:
    try:
        with open(path, encoding='utf-8') as file:
            yield from file
    except UnicodeDecodeError:
        raise UserError(f'{path} is not text; run tools/generate.py again') from None
    except FileNotFoundError:
        raise UserError(f'{path} is missing; run tools/generate.py again') from None


def _parquet_records(path: Path) -> Iterable[str]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UserError(f"{path} needs the package pyarrow: pip install 'mmdatasetdm[webdataset]'") from None
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(GROUP // 4, columns=['record']):
                yield from batch.column(0).to_pylist()
    except (pa.ArrowException, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0][:120]
        raise UserError(f'{path} is damaged ({reason}); run tools/generate.py again') from None
