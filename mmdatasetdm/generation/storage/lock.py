"""Who writes a data set folder: one process, or one for each part of it."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.storage.plan import Part

NAME, PARTS = '.lock', '.lock-parts'
PATIENCE = 600.0  # seconds; a part that ends last writes the lists of all samples meanwhile


@contextmanager
def folder_lock(root: Path) -> Iterator[None]:
    """Hold ``root`` for this process. The system drops the lock when the process ends, however it ends.

    UserError: another process holds it, or a part of it, or what is called '.lock' there is not ours.
    """
    with _held(root / NAME, root):
        if part := next(iter(_parts_held(root)), None):
            raise UserError(
                f'{root} is being written by another process, which makes part {part}; wait for it, or stop it, or '
                'choose another --out'
            )
        yield


@contextmanager
def short_lock(root: Path) -> Iterator[None]:
    """Hold ``root`` for a moment between processes that hold parts of it, which wait for each other.

    UserError: another process does not let go of it.
    """
    with _held(root / PARTS, root, timeout=PATIENCE), _held(root / NAME, root, timeout=PATIENCE):
        yield


@contextmanager
def part_lock(root: Path, part: Part) -> Iterator[None]:
    """Hold one part of ``root`` for this process; the others go on.

    UserError: another process holds that part or the whole folder, or works on parts of another count.
    """
    with ExitStack() as stack:
        with _held(root / PARTS, root, timeout=PATIENCE):
            with _held(root / NAME, root):  # a process that makes the whole
                pass
            for other in _parts_held(root):
                if other.count != part.count:
                    raise UserError(
                        f'{root} is being written in {other.count} parts, part {other.number} for one; give --part '
                        f'NUMBER/{other.count}, or wait for them'
                    )
            path = root / f'{NAME}-{part.number}-of-{part.count}'
            stack.enter_context(_held(path, root, what=f', which makes part {part}'))
        yield


def _parts_held(root: Path) -> list[Part]:
    """The parts that processes work on."""
    found = []
    for path in sorted(root.glob(f'{NAME}-*')):
        if name := re.fullmatch(r'\.lock-(\d+)-of-(\d+)', path.name):
            lock = FileLock(path)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                found.append(Part(int(name[1]), int(name[2])))
            else:
                lock.release()
    return found


@contextmanager
def _held(path: Path, root: Path, *, timeout: float = 0, what: str = '') -> Iterator[None]:
    holder = _holder(path)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=timeout)
    except Timeout:
        raise UserError(
            f'{root} is being written by another process{f" ({holder})" if holder else ""}{what}; '
            'wait for it, or stop it, or choose another --out'
        ) from None
    try:
        path.write_text(f'pid {os.getpid()} on {socket.gethostname()}')
        yield
    finally:
        lock.release()


def _holder(path: Path) -> str:
    """The process that the lock's file names, '' where there is none.

    The file is only opened when it is one that this module wrote: locking empties it.
    """
    advice = 'it is not of this tool: delete it, or choose another --out'
    if path.is_symlink():
        raise UserError(f'{path} is a link; {advice}')
    if not path.exists():
        return ''
    if not path.is_file():
        raise UserError(f'{path} is no file; {advice}')
    with open(path, encoding='utf-8', errors='replace') as file:
        holder = file.read(300).strip()
    if holder and not re.fullmatch(r'\d+|pid \d+ on [\w.-]+', holder):
        raise UserError(f'{path} is not of this tool: delete it, or choose another --out')
    return f'pid {holder}' if holder.isdigit() else holder
