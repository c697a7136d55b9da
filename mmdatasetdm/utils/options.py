"""``--cfg-options``, and errors of other libraries in one line."""

import argparse
import difflib
import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config, DictAction

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.config import import_modules, reason


class CustomImports(argparse.Action):
    """``--custom-imports``: modules of other packages, imported at once, so that the kinds that they register are
    known."""

    def __call__(self, parser, namespace, values, option_string=None):
        import_modules(values, where='--custom-imports')
        setattr(namespace, self.dest, values)


def add_custom_imports(parser: argparse.ArgumentParser) -> None:
    """The option of tools that read a finished data set, whose filters or layout may be another package's."""
    parser.add_argument(
        '--custom-imports',
        nargs='+',
        action=CustomImports,
        default=[],
        metavar='MODULE',
        help="modules of other packages that register what the data set's recipe named, as its custom_imports",
    )


class Options(DictAction):
    """``--cfg-options``: mmengine's, with an error that names the option instead of a traceback."""

    def __call__(self, parser, namespace, values, option_string=None):
        for value in values:
            if '=' not in value:
                parser.error(f"{option_string}: '{value}' is not of the form KEY=VALUE, e.g. train_cfg.max_iters=100")
            try:
                super().__call__(parser, argparse.Namespace(), [value], option_string)
            except Exception as error:  # mmengine: AssertionError of an open bracket
                parser.error(f"{option_string}: '{value}' cannot be read: {one_line(error)}")
        super().__call__(parser, namespace, values, option_string)


def read_options(given: Sequence[str]) -> dict[str, Any]:
    """What ``--cfg-options`` makes of KEY=VALUE texts: values by dotted key."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='*', action=Options, default={})
    return dict(parser.parse_args(['--cfg-options', *given] if given else []).cfg_options)


def apply_options(config: Config, options: Mapping[str, Any], path: str | Path) -> None:
    """Merge ``--cfg-options`` into the config of a training.

    Raises:
        UserError: An option's first key is neither the config's nor of mmengine's runner, or it does not fit.
    """
    from mmengine.runner import Runner  # it takes seconds, and recipes do without

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
        except Exception as error:  # mmengine raises whatever it stumbles over
            raise UserError(f'--cfg-options {key}={value!r} does not fit {path}: {reason(error)}') from error


def one_line(error: BaseException) -> str:
    """An error's message in one line; of one that a data loader's worker met, what it says itself."""
    text = str(error.args[0] if isinstance(error, KeyError) and error.args else error).strip()
    if 'Traceback (most recent call last)' in text:
        text = text.splitlines()[-1]
        name, colon, rest = text.partition(': ')
        text = rest if colon and name.endswith('Error') and ' ' not in name else text
    return ' '.join(text.split())[:400]


def similar_files(path: Path) -> str:
    """'; did you mean X?' when there is a file of a similar name in the folder."""
    names = [file.name for file in path.parent.glob('*') if file.is_file()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, names, n=1)
    return f'; did you mean {path.with_name(close[0])}?' if close else ''
