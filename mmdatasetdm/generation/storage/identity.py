"""Whose folder it is: recipe.json holds all that the samples in it are a function of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from typing_extensions import TypedDict

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.checksum import canonical, digest
from mmdatasetdm.utils.io import dump_json, read_json, write_atomic
from mmdatasetdm.utils.schema import SCHEMA_VERSION

# what a killed run may leave in a folder before it holds a recipe.json
REMAINS = {'.lock', 'recipe.json.tmp'}


def differences(old: Mapping, new: Mapping, prefix: str = '') -> Iterator[str]:
    """'sampler.steps 20 -> 50', for each leaf in which two identities differ."""
    for key in sorted({*old, *new}, key=str):
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from differences(before, after, f'{prefix}{key}.')
        elif before != after:
            yield f'{prefix}{key} {_short(before)} -> {_short(after)}'


def _short(value) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f'{text[:37]}...'


class RecipeFile(TypedDict):
    """The contents of recipe.json."""

    schema_version: int
    fingerprint: str
    identity: dict[str, Any]


def check_out(root: Path) -> None:
    """UserError when ``root`` holds something that this package did not write."""
    if root.is_symlink() and not root.exists():
        raise UserError(f'--out {root} is a link to nothing; give a folder')
    if root.exists() and not root.is_dir():
        raise UserError(f'--out {root} is a file; give a folder')
    if not root.is_dir():
        return
    if (root / 'recipe.json').exists():
        read_recipe(root)
    elif {entry.name for entry in root.iterdir() if not entry.name.startswith('.lock-')} - REMAINS:
        raise UserError(f'--out {root} is not empty and is not a data set of this tool; give a new folder')


def read_recipe(root: Path) -> RecipeFile:
    """recipe.json of a folder.

    Raises:
        UserError: it is damaged, or of another tool.
    """
    path = root / 'recipe.json'
    advice = 'it is damaged or of another tool; give another --out'
    found = read_json(path, RecipeFile, advice=advice, versioned=True)
    if found['fingerprint'] != digest(found['identity']):
        raise UserError(f'{path} was changed by hand (its fingerprint is of another recipe); give another --out')
    return found


def bind(root: Path, identity: Mapping, *, begun: bool) -> None:
    """Write ``identity`` into the folder, or, where samples are there (``begun``), check that it has the same.

    UserError: it belongs to another recipe; the message says what differs.
    """
    wanted: dict[str, Any] = json.loads(canonical(identity))
    path = root / 'recipe.json'
    if not path.exists() or (not begun and read_recipe(root)['identity'] != wanted):
        made = RecipeFile(schema_version=SCHEMA_VERSION, fingerprint=digest(wanted), identity=wanted)
        write_atomic(path, dump_json(made))
        return
    known = read_recipe(root)['identity']
    if known != wanted:
        what = list(differences(known, wanted))
        more = f', and {len(what) - 3} more' if len(what) > 3 else ''
        raise UserError(
            f'--out {root} holds a data set of another recipe ({"; ".join(what[:3])}{more}); '
            'give another --out, or delete that folder'
        )
