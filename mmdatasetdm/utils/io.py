"""Files: read with their mistakes told, written whole or not at all."""

from __future__ import annotations

import ctypes
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError
from pydantic import TypeAdapter, ValidationError

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.schema import check_version
from mmdatasetdm.utils.tar import read_bytes, split_path


def below(root: Path, name: str) -> Path:
    """The file ``name`` in the folder ``root``, for names that come from a file: nobody knows who wrote it.

    Raises:
        UserError: the name is absolute, has '..', or goes through a link that leads out of ``root``.
    """
    pure = PurePosixPath(name)
    try:
        plain = bool(pure.parts) and not pure.is_absolute() and '..' not in pure.parts
        path = (root / name).resolve()
        if plain and path.is_relative_to(root.resolve()):
            return path
    except (OSError, RuntimeError, ValueError):  # a circle of links; a name that no file can have
        pass
    raise UserError(f'{root}: the file name {name[:80]!r} leads out of that folder; the data set was changed')


def read_json(path: Path, kind: Any = Any, *, advice: str = 'it is damaged', versioned: bool = False) -> Any:
    """The value in a JSON file.

    Args:
        kind: the type that it must have, as pydantic checks it; further keys are let through. A dataclass is made.
        advice: what to say of a file that is something else.
        versioned: its ``schema_version`` must be this package's.
    Raises:
        OSError: it is not there, or cannot be read.
        UserError: it is not JSON, or not of this type.
    """
    try:
        text = path.read_text(encoding='utf-8')
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise UserError(f'{path} is not JSON; {advice}') from None
    if versioned:
        check_version(value, path, advice=advice)
    try:
        if is_dataclass(kind):
            return adapter(kind).validate_json(text, strict=True)
        adapter(kind).validate_python(value, strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        where = '.'.join(map(str, found['loc'])) or 'its content'
        raise UserError(f'{path}: {where}: {found["msg"].lower()}; {advice}') from None
    return value


def read_image(path: Path, mode: str | None = 'RGB') -> np.ndarray:
    """An image file (H, W, 3) uint8, or with ``mode`` None whatever it holds. Its path may go through a tar file.

    Raises:
        UserError: it is damaged.
        OSError: it is not there, or cannot be read.
    """
    with _opened(path) as image:
        return np.asarray(image.convert(mode) if mode else image)


def image_size(path: Path) -> tuple[int, int]:
    """Height and width of an image file, of which only the head is read; errors as of :func:`read_image`."""
    with _opened(path) as image:
        return image.height, image.width


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        with Image.open(io.BytesIO(read_bytes(path)) if split_path(path) else path) as image:
            yield image
    except (UnidentifiedImageError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(f'{path} is no image, or damaged: {error}') from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise UserError(f'{path} is damaged: {error}') from None  # Pillow's word for a file that ends too early


@lru_cache
def adapter(kind: Any) -> TypeAdapter:
    """pydantic's validator of a type; making one takes longer than using it."""
    return TypeAdapter(kind)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file that is on the disk before its name counts: flushed and synced.

    What has the name is replaced and never written through: it may be a link to something else.
    """
    path.unlink(missing_ok=True)
    with open(path, 'xb') as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_files(folder: Path) -> None:
    """Wait until all files below ``folder`` are on the disk: at once where the system can, else one by one.

    Raises:
        OSError: the disk failed.
    """
    if sys.platform == 'linux':
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) == 0:
                return
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
        finally:
            os.close(descriptor)
    for path in folder.rglob('*'):
        if path.is_file():
            with open(path, 'rb') as file:
                os.fsync(file.fileno())


def write_atomic(path: Path, data: bytes) -> None:
    """Write beside, then rename: a reader sees the old file or the new one, never a part."""
    temporary = path.with_name(f'{path.name}.tmp')
    write_bytes(temporary, data)
    os.replace(temporary, path)


def dump_json(value: Any) -> bytes:
    """JSON to be read by people too, UTF-8."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + '\n').encode()


def write_new(path: Path, text: str, *, option: str = '--out') -> None:
    """Write a text file, whole or not at all; its folder is made.

    Raises:
        UserError: something else is there already, which may be the person's work, or the place cannot be written.
    """
    data = text.encode()
    try:
        if path.is_dir():
            raise UserError(f'{option} {path} is a folder; give a file')
        if path.exists():
            if path.is_file() and path.read_bytes() == data:
                return
            raise UserError(f'{option} {path} exists already: delete it, or give another name')
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f'.{path.name}.{os.getpid()}.tmp')
        try:
            temporary.write_bytes(data)
            os.link(temporary, path)  # unlike a rename, it never replaces a file that came meanwhile
        finally:
            temporary.unlink(missing_ok=True)
    except FileExistsError:
        raise UserError(f'{option} {path} cannot be written: a file is in its way') from None
    except OSError as error:
        raise UserError(f'{option} {path} cannot be written: {error.strerror}') from None
