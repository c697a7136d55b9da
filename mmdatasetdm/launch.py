"""What tools/train.py and tools/test.py share: read a config, build the runner, say a person's mistakes in one line."""

import argparse
import difflib
import inspect
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.runner import Runner

from mmdatasetdm.errors import UserError


class Options(DictAction):
    """``--cfg-options``: mmengine's, with an error that names the option instead of a traceback."""

    def __call__(self, parser, namespace, values, option_string=None):
        for value in values:
            if '=' not in value:
                parser.error(f"{option_string}: '{value}' is not of the form KEY=VALUE, e.g. train_cfg.max_iters=100")
        super().__call__(parser, namespace, values, option_string)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that both tools have, as in the stock tools."""
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help="for logs and checkpoints (default: the config's, or work_dirs/CONFIG_NAME)")
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=Options,
        metavar='KEY=VALUE',
        help='override keys of the config, e.g. train_cfg.max_iters=100; a list: key="[a,b]"',
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none', help='job launcher')
    # torch.distributed.launch passes either spelling
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)


def load_config(args: argparse.Namespace) -> Config:
    """The config of ``args`` with its options merged, its launcher and work_dir set.

    Raises:
        UserError: The file is absent, not a config, or an option does not fit it.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    path = Path(args.config)
    if not path.is_file():
        raise UserError(f'{path}: no such config file' + _similar_files(path))
    try:
        config = Config.fromfile(path)
    except SyntaxError as error:
        raise UserError(f'{path}: not a config: {error.msg} in line {error.lineno}') from error
    except OSError as error:  # mmengine's word for a file of another type, and for an absent base file
        raise UserError(f'{path}: {error}') from error
    if 'model' not in config:
        raise UserError(f'{path}: not the config of a model (it has no `model`)')
    options = args.cfg_options or {}
    known = {*config.keys(), *inspect.signature(Runner.__init__).parameters, 'runner_type'}
    for key in options:
        name = key.split('.')[0]
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            meant = f'; did you mean `{close[0]}`?' if close else ''
            raise UserError(f'--cfg-options {key}: {path} has no `{name}`{meant}')
    try:
        config.merge_from_dict(options)
    except (KeyError, TypeError, IndexError) as error:
        raise UserError(f'--cfg-options do not fit {path}: {error.args[0]}') from error
    config.launcher = args.launcher
    if args.work_dir is not None:
        config.work_dir = args.work_dir
    elif config.get('work_dir') is None:
        config.work_dir = str(Path('work_dirs') / path.stem)
    return config


def build_runner(config: Config) -> Runner:
    """mmengine's runner.

    Raises:
        UserError: The config names a type that is not registered, or an argument that a type does not have.
    """
    try:
        return Runner.from_cfg(config)
    except KeyError as error:
        unknown = re.match(r'(\S+) is not in the (\S+) registry', str(error.args[0]))
        if unknown is None:
            raise
        raise UserError(f"{config.filename}: type '{unknown[1]}' is not in the registry {unknown[2]}") from error
    except TypeError as error:
        if 'unexpected keyword argument' not in str(error):
            raise
        raise UserError(f'{config.filename}: {error}') from error


def run_tool(main: Callable[[], None]) -> int:
    """Run a tool; its exit status is 2 with one line on stderr for a mistake of the person, 130 when interrupted."""
    start = time.monotonic()
    try:
        main()
    except UserError as error:
        message = str(error)
    except OSError as error:
        # a data loader's worker hands its error on as a whole traceback; the last line is the error
        message = f'{error.filename}: {error.strerror}' if error.filename else str(error).strip().splitlines()[-1]
    except KeyboardInterrupt:
        print(f'\ninterrupted after {time.monotonic() - start:.0f} s; tools/train.py --resume goes on', file=sys.stderr)
        return 130
    else:
        return 0
    print(f'error: {message}', file=sys.stderr)
    return 2


def _similar_files(path: Path) -> str:
    """'; did you mean X?' when there is a file of a similar name in the folder."""
    names = [file.name for file in path.parent.glob('*') if file.is_file()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, names, n=1)
    return f'; did you mean {path.with_name(close[0])}?' if close else ''
