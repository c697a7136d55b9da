"""Files whose place a person names."""

from __future__ import annotations

import os
from pathlib import Path

from mmdatasetdm.errors import UserError


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
        aside = path.with_name(f'.{path.name}.{os.getpid()}.tmp')
        try:
            aside.write_bytes(data)
            os.link(aside, path)  # unlike a rename, it never replaces a file that came meanwhile
        finally:
            aside.unlink(missing_ok=True)
    except FileExistsError:
        raise UserError(f'{option} {path} cannot be written: a file is in its way') from None
    except OSError as error:
        raise UserError(f'{option} {path} cannot be written: {error.strerror}') from None
