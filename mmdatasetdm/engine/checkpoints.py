"""Checkpoint files: read without running code that is in them, and said in one line what is wrong with one.

Beside the checkpoints that mmengine writes there are weights alone, as safetensors (:func:`write_weights`): the form
in which decoders are shipped.

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

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

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
    SafetensorError,
)
_NUMBERED = re.compile(r'(?:iter|epoch)_(\d+)\.pth')


def read_checkpoint(file: str | os.PathLike | BinaryIO, map_location: Any = None) -> Mapping:
    """A checkpoint's content: tensors and plain values alone.

    A pickle may run any code; ``torch.load(weights_only=True)`` knows tensors and plain values, and nothing else is
    read here. mmengine reads the config that a checkpoint holds by running it as Python: one that is more than
    assignments of plain values is left out. A file that ends in ``.safetensors`` is one of :func:`write_weights`.

    Raises:
        UserError: the file is absent, empty, cut short, no checkpoint, or holds Python objects.
    """
    path = Path(file).expanduser() if isinstance(file, str | os.PathLike) else None
    name = str(path) if path is not None else 'the checkpoint'
    if path is not None and not path.is_file():
        raise UserError(f'{path}: no such checkpoint file')
    try:
        if path is not None and path.suffix == '.safetensors':
            return _read_weights(path, map_location)
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


def write_weights(path: Path, checkpoint: Mapping) -> None:
    """Write the weights of a checkpoint and what it says of the data set, as safetensors in half precision.

    Args:
        path: of the file, which ends in ``.safetensors``.
        checkpoint: with ``state_dict`` and ``meta``, as mmengine writes it. The optimizer's state and the config are
            left out.
    """
    tensors = {
        name: (value.half() if value.dtype == torch.float32 else value).contiguous()
        for name, value in checkpoint['state_dict'].items()
    }
    kept = {key: checkpoint['meta'][key] for key in ('iter', 'seed', 'dataset_meta')}
    save_file(tensors, path, metadata=dict(meta=repr(_as_literals(kept))))


def _read_weights(path: Path, map_location: Any) -> dict:
    """A file of :func:`write_weights` in the form of a checkpoint; the weights are float32 again."""
    device = map_location if isinstance(map_location, str | torch.device) else 'cpu'
    with safe_open(path, framework='pt', device=str(device)) as file:
        state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        meta = ast.literal_eval((file.metadata() or {}).get('meta', '{}'))
    return dict(
        state_dict={name: value.float() if value.dtype == torch.half else value for name, value in state.items()},
        meta=meta,
    )


def _as_literals(value: Any) -> Any:
    """The value with lists in the place of arrays and numpy's numbers."""
    if isinstance(value, Mapping):
        return {key: _as_literals(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_as_literals, value))
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


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
