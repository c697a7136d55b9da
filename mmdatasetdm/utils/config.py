"""Read a config file, and say in one line what is wrong with it."""

from __future__ import annotations

import difflib
import os
import traceback
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.paths import locate

YAML = ('.yaml', '.yml')


def read_config(path: str | Path, *, what: str, options: Mapping | None = None) -> Config:
    """The config in ``path``, Python or JSON, with ``options`` merged.

    YAML is refused, in base files too: mmengine reads it with a loader that constructs any Python object, so that a
    file which looks like data runs code. That a Python config runs is OpenMMLab's convention, and can be seen.

    Args:
        path: the file, or the name of one that comes with the package (:func:`locate`).
        what: what the file is to the person, e.g. 'recipe'.
        options: overrides by dotted key, as ``--cfg-options`` gives them.
    Raises:
        UserError: the file is absent, YAML, or cannot be read, or the options do not fit it.
    """
    files, path = [], locate(path)
    try:
        for file in config_files(path):
            files.append(file)
            if Path(file).suffix.lower() in YAML:
                raise UserError(f'{what} {path}: {file} is YAML; write it as a Python config (.py)')
        config = Config.fromfile(path)
    except UserError:
        raise
    except Exception as error:  # a config is a program: anything may go wrong in it
        if (missing := missing_library(error)) is not None:
            raise UserError(f'{what} {path} needs {missing}') from None
        raise UserError(f'{what} {path} cannot be read: {reason(error, files)}') from None
    try:
        config.merge_from_dict(dict(options or {}))
    except Exception as error:  # mmengine raises whatever it stumbles over
        raise UserError(f'--cfg-options do not fit {what} {path}: {reason(error)}') from None
    return config


def read_keys(path: str | Path, *, what: str, known: Collection[str], options: Mapping | None = None) -> dict[str, Any]:
    """The keys of a config that has fixed ones, such as a recipe or a study, as a plain dict.

    As in any config of OpenMMLab, a ``_base_`` file may define further names, such as a list of classes, for the config
    to use as ``_base_.NAME``. They are left out. A name that is no key is kept where the config itself has it, so that
    the caller can tell of a misspelling.

    Args:
        path: the file, or the name of one that comes with the package (:func:`locate`).
        what: what the file is to the person, e.g. 'recipe'.
        known: the keys that such a config may have.
        options: overrides by dotted key, as ``--cfg-options`` gives them.
    Raises:
        UserError: as :func:`read_config`; a base file has what looks like a misspelt key; an option is of a base's
            name, which it cannot change any more.
    """
    path = locate(path)
    config = read_config(path, what=what, options=options).to_dict()
    helpers = {}
    for base in Config._get_base_files(str(path)):
        file = Config._get_cfg_path(base, str(path))[0]
        helpers.update(dict.fromkeys(Config.fromfile(file).keys() - set(known), file))
    for name, file in helpers.items():
        if close := difflib.get_close_matches(name, known, n=1, cutoff=0.8):
            raise UserError(f'{what} {path}: its base {file} has a name `{name}`; did you mean the key `{close[0]}`?')
    given = [option.partition('.')[0] for option in options or {}]
    if lost := next((name for name in given if name in helpers), None):
        raise UserError(f'--cfg-options {lost}: the name is used up when {what} {path} is read; change a key of it')
    return {key: value for key, value in config.items() if key not in helpers}


def import_modules(names: Iterable[str], *, where: str) -> None:
    """Import modules of other packages, whose kinds register themselves.

    Args:
        where: what names them, for the message.
    Raises:
        UserError: one cannot be imported.
    """
    for name in names:
        try:
            import_module(name)
        except ImportError as error:
            raise UserError(f"{where} names '{name}', which cannot be imported: {error}") from None


# what our configs import and setup.py does not install
_SEPARATE = dict(mmpose='pip install --no-deps mmpose==1.3.2, then pip install json_tricks munkres')


def missing_library(error: BaseException | None) -> str | None:
    """The library that an import did not find, and how to get it; None when it is another error."""
    while error is not None:  # mmengine's own words name neither
        if isinstance(error, ModuleNotFoundError):
            name = (
                (error.name or str(error)).split()[0].partition('.')[0]
            )  # of a base file's: 'mmpose is not installed'
            how = (
                f', which is a separate install: {_SEPARATE[name]}' if name in _SEPARATE else ', which is not installed'
            )
            return name + how
        error = error.__cause__ or error.__context__
    return None


def is_type(config: Mapping, name: str) -> bool:
    """Whether a config's ``type`` is the class of that name, said with or without a scope, or given as the class."""
    kind = config.get('type')
    return (kind if isinstance(kind, str) else getattr(kind, '__name__', '')).rpartition('.')[2] == name


def reason(error: Exception, files: Sequence[str] = ()) -> str:
    """What went wrong, in one short line, with the number of the line where it is one of ``files``."""
    own = [os.path.abspath(file) for file in files]
    frames = [  # upstream mmengine compiles a config without its name
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename or os.path.abspath(frame.filename) in own
    ]
    line = error.lineno if isinstance(error, SyntaxError) else frames[-1].lineno if frames else None
    said = ' '.join(str(error.msg if isinstance(error, SyntaxError) else error).split())
    said = said if len(said) <= 200 else f'{said[:197]}...'
    name = '' if isinstance(error, OSError) else f'{type(error).__name__}: '
    where = frames[-1].filename if frames and not isinstance(error, SyntaxError) else ''
    of = f' of {where}' if where and os.path.abspath(where) != own[0] else ''
    return f'{name}{said}{f" (line {line}{of})" if line else ""}'


def config_files(path: str | Path) -> Iterator[str]:
    """A config file and all that its ``_base_`` names, each before its own bases are opened."""
    yield from _with_bases(str(path))


def _with_bases(path: str, seen: tuple[str, ...] = ()) -> Iterator[str]:
    yield path
    if path in seen or Path(path).suffix.lower() in YAML or not Path(path).is_file():
        return
    for base in Config._get_base_files(path):
        yield from _with_bases(Config._get_cfg_path(base, path)[0], (*seen, path))
