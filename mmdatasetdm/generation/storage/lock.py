"""One process at a time on a data set folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from mmdatasetdm.errors import UserError


@contextmanager
def folder_lock(root: Path) -> Iterator[None]:
    """Hold ``root`` for this process. The system drops the lock when the process ends, however it ends.

    UserError: another process holds it, or what is called '.lock' there is not ours.
    """
    path = root / '.lock'
    holder = _holder(path)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError(
            f'{root} is being written by another process{f" (pid {holder})" if holder else ""}; '
            'wait for it, or stop it, or choose another --out'
        ) from None
    try:
        path.write_text(str(os.getpid()))
        yield
    finally:
        lock.release()


def _holder(path: Path) -> str:
    """The process id that the lock's file names, '' where there is none.

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
        holder = file.read(100).strip()
    if holder and not holder.isdigit():
        raise UserError(f'{path} is not of this tool: delete it, or choose another --out')
    return holder
