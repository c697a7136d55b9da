"""Checkpoint files: read without running code that is in them, and said in one line what is wrong with one.

mmdatasetdm.compat makes mmengine read every checkpoint with :func:`read_checkpoint`: the tools, the inferencers of
mmseg, mmdet and mmpose, and their stock tools.
"""

import ast
import errno
import os
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, BinaryIO

import torch

from mmdatasetdm.errors import UserError

_LFS = b'version https://git-lfs'
# what torch.load meets a damaged file with
_TORN = (
    zipfile.BadZipFile,
    RuntimeError,
    UnpicklingError,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
)
_NUMBERED = re.compile(r'(?:iter|epoch)_(\d+)\.pth')


def read_checkpoint(file: str | os.PathLike | BinaryIO, map_location: Any = None) -> Mapping:
    """A checkpoint's content: tensors and plain values alone.

    A pickle may run any code; ``torch.load(weights_only=True)`` knows tensors and plain values, and nothing else is
    read here. mmengine reads the config that a checkpoint holds by running it as Python: one that is more than
    assignments of plain values is left out.

    Raises:
        UserError: the file is absent, empty, cut short, no checkpoint, or holds Python objects.
    """
    path = Path(file).expanduser() if isinstance(file, str | os.PathLike) else None
    name = str(path) if path is not None else 'the checkpoint'
    if path is not None and not path.is_file():
        raise UserError(f'{path}: no such checkpoint file')
    try:
        if path is not None and zipfile.is_zipfile(path) and zipfile.ZipFile(path).testzip():
            raise RuntimeError('a checksum is wrong')  # torch itself reads what is there
        content = torch.load(path or file, map_location=map_location, weights_only=True)
    except (OSError, *_TORN) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # which reading behind the end is
            raise UserError(f'{name}: {error.strerror or error}') from error
        raise UserError(f'{name} {_fault(path, error)}') from error
    if not isinstance(content, Mapping):
        raise UserError(f'{name} is not a checkpoint: it holds a {type(content).__name__}')
    _drop_code(content)
    return content


def newest_whole_checkpoint(folder: str | os.PathLike) -> tuple[Path | None, list[str]]:
    """The checkpoint of the latest step in a work folder that can be read, and what was wrong with later ones.

    A kill while a checkpoint is written, or a full disk, leaves a part of it under its name.
    """
    numbered = [
        (int(match[1]), path) for path in Path(folder).glob('*.pth') if (match := _NUMBERED.fullmatch(path.name))
    ]
    faults = []
    for _, path in sorted(numbered, reverse=True):
        try:
            read_checkpoint(path, 'cpu')
        except UserError as error:
            faults.append(str(error))
        else:
            return path, faults
    return None, faults


def _fault(path: Path | None, error: Exception) -> str:
    """What is wrong with a file that ``torch.load`` did not read."""
    head = b''
    if path is not None:
        with path.open('rb') as file:
            head = file.read(64)
        if not head:
            return 'is empty: copy or download it again'
    if head.startswith(_LFS):
        return 'is a git-lfs pointer, not the checkpoint: run git lfs pull'
    if head.lstrip().startswith(b'<'):
        return 'is a web page, not a checkpoint: download it again'
    reason = ' '.join(str(error).split())
    found = re.search(r'(?:GLOBAL|global) (\S+)', reason)
    if isinstance(error, UnpicklingError) and found:
        return (
            f'holds Python objects beside weights ({found[1]}) and was not loaded, since that may run code: save the '
            'state_dict alone'
        )
    if head.startswith(b'PK'):
        return 'is cut short or damaged: copy or download it again'
    return 'is not a checkpoint, or not a whole one'


def _drop_code(content: Any) -> None:
    """Take configs that are not plain assignments out of a checkpoint's ``meta`` and ``message_hub``."""
    for keys in (('meta', 'config'), ('meta', 'cfg'), ('message_hub', 'runtime_info', 'cfg')):
        place = content
        for key in keys[:-1]:
            place = place.get(key) if isinstance(place, Mapping) else None
        if isinstance(place, dict) and isinstance(place.get(keys[-1]), str) and not is_plain(place[keys[-1]]):
            del place[keys[-1]]


def is_plain(config: str) -> bool:
    """Whether a config's text assigns plain values to names and does nothing else, as what mmengine saves."""
    try:
        statements = ast.parse(config).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(
        isinstance(statement, ast.Assign)
        and all(isinstance(target, ast.Name) and target.id != '_base_' for target in statement.targets)
        and _is_plain_value(statement.value)
        for statement in statements
    )


def _is_plain_value(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id not in ('dict', 'float', 'tuple', 'list', 'set'):
            return False
        return all(map(_is_plain_value, [*node.args, *(keyword.value for keyword in node.keywords)]))
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return all(map(_is_plain_value, node.elts))
    if isinstance(node, ast.Dict):
        return all(key is not None and _is_plain_value(key) for key in node.keys) and all(
            map(_is_plain_value, node.values)
        )
    if isinstance(node, ast.UnaryOp):
        return _is_plain_value(node.operand)
    return isinstance(node, ast.Constant)
