"""The version of the files that describe a generated folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmdatasetdm.errors import UserError

# raised when a key of dataset.json, manifest.jsonl, recipe.json or a shard's marker changes its name or meaning
SCHEMA_VERSION = 2


def check_version(value: Any, path: Path | str, *, advice: str = 'generate the data set again') -> None:
    """UserError where a file's contents are of another version.

    Args:
        value: the contents.
        path: the file, for the message.
        advice: what to say of a file that has no version at all.
    """
    if isinstance(value, Mapping) and value.get('schema_version') != SCHEMA_VERSION:
        found = value.get('schema_version')
        if found is None:
            raise UserError(f'{path} has no schema_version, and this version reads {SCHEMA_VERSION}; {advice}')
        raise UserError(
            f'{path} has schema_version {str(found)[:20]}, and this version reads {SCHEMA_VERSION}; '
            'generate the data set again'
        )
