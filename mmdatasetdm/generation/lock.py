"""One process at a time on a data set folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmdatasetdm.errors import UserError


@contextmanager
def folder_lock(root: Path) -> Iterator[None]:
    """Hold ``root`` for this process. The system drops the lock when the process ends, however it ends.

    UserError: another process holds it.
    """
    with open(root / '.lock', 'a+') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip()
            raise UserError(
                f'{root} is being written by another process{f" (pid {holder})" if holder else ""}; '
                'wait for it, or stop it, or choose another --out'
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
