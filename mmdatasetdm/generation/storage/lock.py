"""One process at a time on a data set folder."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmdatasetdm.errors import UserError


@contextmanager
def folder_lock(root: Path) -> Iterator[None]:
    """Hold ``root`` for this process. The system drops the lock when the process ends, however it ends.

    UserError: another process holds it, or what is called '.lock' there is not ours.
    """
    path = root / '.lock'
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UserError(f'{path} is a link; it is not of this tool: delete it, or choose another --out') from None
        raise
    with open(handle, 'r+', encoding='utf-8', errors='replace') as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise UserError(f'{path} is no file; it is not of this tool: delete it, or choose another --out')
        holder = file.read(100).strip()
        if holder and not holder.isdigit():
            raise UserError(f'{path} is not of this tool: delete it, or choose another --out')
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f'{root} is being written by another process{f" (pid {holder})" if holder else ""}; '
                'wait for it, or stop it, or choose another --out'
            ) from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield
