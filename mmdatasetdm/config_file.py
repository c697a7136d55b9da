"""A config file, read; what is wrong with it is said in one line that names the file and the line in it."""

import difflib
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.runner import Runner

from mmdatasetdm.errors import UserError


def read_config(path: str | Path) -> Config:
    """The config in a file: Python, or JSON. A Python config is run, as everywhere in OpenMMLab.

    Raises:
        UserError: The file is absent, of another type, or an error was met in it or in one of its bases.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f'{path}: no such config file' + _similar_files(path))
    if path.suffix.lower() in ('.yaml', '.yml'):
        raise UserError(
            f'{path}: a YAML config is not read, since YAML may construct any Python object: write it in Python'
        )
    try:
        return Config.fromfile(path)
    except Exception as error:  # what a config runs into is a mistake in the config
        raise UserError(f'{_place(error, path)}: {_reason(error)}') from error


def apply_options(config: Config, options: Mapping[str, Any], path: str | Path) -> None:
    """Merge ``--cfg-options`` into a config.

    Raises:
        UserError: An option's first key is neither the config's nor of mmengine's runner, or it does not fit.
    """
    known = {*config.keys(), *inspect.signature(Runner.__init__).parameters, 'runner_type'}
    for key in options:
        name = key.split('.')[0]
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            meant = f'; did you mean `{close[0]}`?' if close else ''
            raise UserError(f'--cfg-options {key}: {path} has no `{name}`{meant}')
    for key, value in options.items():
        try:
            config.merge_from_dict({key: value})
        except Exception as error:  # mmengine: KeyError, TypeError, IndexError, AssertionError, AttributeError, …
            raise UserError(f'--cfg-options {key}={value!r} does not fit {path}: {_reason(error)}') from error


def one_line(error: BaseException) -> str:
    """An error's message in one line; of one that a data loader's worker met, what it says itself."""
    text = str(error).strip()
    if 'Traceback (most recent call last)' in text:
        text = text.splitlines()[-1]
        name, colon, rest = text.partition(': ')
        text = rest if colon and name.endswith('Error') and ' ' not in name else text
    return ' '.join(text.split())[:400]


def _reason(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return f'not a config: {error.msg} in line {error.lineno}'
    text = one_line(error.args[0] if isinstance(error, KeyError) and error.args else error)
    if isinstance(error, NameError | OSError) or ' ' in text:
        return text
    return f'{type(error).__name__}: {text}' if text else type(error).__name__


def _place(error: Exception, path: Path) -> str:
    """The file in which an error was met, and its line: ``path``, or one of its bases."""
    if isinstance(error, SyntaxError):
        named = error.filename and Path(error.filename).is_file()
        return error.filename if named else str(path)
    found, trace = None, error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_code.co_name == '_file2dict' and 'filename' in frame.f_locals:
            found = [Path(frame.f_locals['filename']), None]
        elif frame.f_code.co_name == '<module>' and found is not None and found[1] is None:
            # upstream's mmengine compiles without the file's name
            found[1] = trace.tb_lineno if frame.f_code.co_filename in ('', str(found[0])) else None
        trace = trace.tb_next
    if found is None:
        return str(path)
    name = str(path) if found[0] == path.resolve() else str(found[0])
    return f'{name}, line {found[1]}' if found[1] else name


def _similar_files(path: Path) -> str:
    """'; did you mean X?' when there is a file of a similar name in the folder."""
    names = [file.name for file in path.parent.glob('*') if file.is_file()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, names, n=1)
    return f'; did you mean {path.with_name(close[0])}?' if close else ''
