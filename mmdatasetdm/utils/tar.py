"""Files inside of tar shards, read without unpacking: a path may go through a tar file as if that were a folder.

``train/00000.tar/00000007.png`` is the member ``00000007.png`` of the file ``train/00000.tar``.
"""

from __future__ import annotations

import errno
import os
import tarfile
from functools import lru_cache
from pathlib import Path

from mmdatasetdm.errors import UserError

SUFFIX = '.tar'
OPEN = 32  # tar files whose list of members a process keeps


def split_path(path: str | Path) -> tuple[str, str] | None:
    """A path through a tar file -> (the tar file, its member); None: the path goes through none."""
    text = str(path)
    head, found, member = text.partition(f'{SUFFIX}/')
    return (head + SUFFIX, member) if found and member else None


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a file, or of a tar file's member.

    Raises:
        FileNotFoundError: there is no such file or member.
        UserError: the tar file is damaged.
    """
    parts = split_path(path)
    if parts is None:
        return Path(path).read_bytes()
    archive, member = parts
    place = _members(archive).get(member)
    if place is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    offset, size = place
    with open(archive, 'rb') as file:
        file.seek(offset)
        data = file.read(size)
    if len(data) < size:
        raise UserError(f'{archive} is cut short in its member {member}; copy or make it again')
    return data


def is_file(path: str | Path) -> bool:
    """Whether there is such a file, or such a member of a tar file."""
    parts = split_path(path)
    if parts is None:
        return os.path.isfile(path)
    return os.path.isfile(parts[0]) and parts[1] in _members(parts[0])


def members(archive: str | Path) -> list[str]:
    """The names of a tar file's members, in their order."""
    return list(_members(str(archive)))


def _members(archive: str) -> dict[str, tuple[int, int]]:
    facts = os.stat(archive)
    return _index(archive, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=OPEN)
def _index(archive: str, changed: int, size: int) -> dict[str, tuple[int, int]]:
    """Member -> (where its bytes begin, how many they are). Only the headers are read."""
    try:
        with tarfile.open(archive, 'r:') as file:
            return {one.name: (one.offset_data, one.size) for one in file if one.isfile()}
    except tarfile.TarError as error:
        raise UserError(f'{archive} is no tar file, or damaged: {error}') from None
