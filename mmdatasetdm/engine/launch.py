"""What tools/train.py and tools/test.py share: read a config, build the runner, say a person's mistakes in one line."""

import argparse
import errno
import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmdatasetdm.compat import MissingOpError
from mmdatasetdm.engine.advice import batch_advice, cache_advice
from mmdatasetdm.engine.checkpoints import newest_whole_checkpoint, read_checkpoint
from mmdatasetdm.engine.class_names import ClassNames
from mmdatasetdm.engine.inputs import check_data, check_weights
from mmdatasetdm.engine.schedules import check_training
from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import NOBODY_READS, OutputClosed, output_may_close
from mmdatasetdm.utils.config import read_config
from mmdatasetdm.utils.data_files import set_data_roots
from mmdatasetdm.utils.options import Options, apply_options, one_line, similar_files
from mmdatasetdm.utils.paths import locate

# set to 1, an error before the first iteration is shown with where it came from
TRACEBACK = 'MMDATASETDM_TRACEBACK'


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
    parser.add_argument(
        '--data-root',
        nargs='+',
        metavar='FOLDER',
        help='where the data set is, for all parts of the config; NAME=FOLDER for each where there are several, as '
        'voc=FOLDER (default: what variables such as MMDATASETDM_VOC say, or data/...)',
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none', help='job launcher')
    # torch.distributed.launch passes either spelling
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)


def load_config(args: argparse.Namespace) -> Config:
    """The config of ``args`` with its options merged, its launcher and work_dir set.

    Raises:
        UserError: The file is absent, not a config, an option does not fit it, or its work_dir cannot be made.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    path = locate(args.config)
    if not path.is_file():
        raise UserError(f'{path}: no such config file' + similar_files(path))
    if getattr(args, 'data_root', None):
        set_data_roots(path, args.data_root)
    config = read_config(path, what='config')
    if 'model' not in config:
        raise UserError(f'{path}: not the config of a model (it has no `model`)')
    apply_options(config, args.cfg_options or {}, path)
    config.launcher = args.launcher
    if args.work_dir is not None:
        config.work_dir = args.work_dir
    elif config.get('work_dir') is None:
        config.work_dir = str(Path('work_dirs') / path.stem)
    try:
        Path(config.work_dir).mkdir(parents=True, exist_ok=True)
    except (OSError, TypeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else one_line(error)
        raise UserError(
            f'work_dir {config.work_dir} cannot be made: {reason}; choose another with --work-dir'
        ) from error
    if not os.access(config.work_dir, os.W_OK):
        raise UserError(f'work_dir {config.work_dir} cannot be written to; choose another with --work-dir')
    return config


def resume_from(config: Config, checkpoint: str) -> None:
    """Let a training go on from a checkpoint: a file, or 'auto', the newest whole one in the config's work_dir.

    Raises:
        UserError: the file is no checkpoint of a training, or those in work_dir are all damaged.
    """
    if checkpoint == 'auto':
        found, faults = newest_whole_checkpoint(config.work_dir)
        for fault in faults:
            print(f'left out: {fault}')
        if found is None:
            if faults:
                raise UserError(f'{config.work_dir} holds no whole checkpoint to resume from: {faults[0]}')
            print(f'{config.work_dir} holds no checkpoint to resume from: training begins anew')
            config.resume = False
            return
        checkpoint = str(found)
    meta = read_checkpoint(checkpoint, 'cpu').get('meta')
    if not isinstance(meta, Mapping) or not {'iter', 'epoch'} <= meta.keys():
        raise UserError(
            f'{checkpoint} does not say at which iteration it was saved, so no training goes on from it; to begin from '
            f'its weights: --cfg-options load_from={checkpoint}'
        )
    print(f'resuming from {checkpoint}, iteration {meta["iter"]}')
    config.resume, config.load_from = True, checkpoint


def build_runner(config: Config, *, parts: Sequence[str] = ('train', 'val')) -> Runner:
    """mmengine's runner; a checkpoint that training begins with is read and compared with the model.

    Data, generator and pretrained weights are looked for first, so that what is absent is told before a model is built.

    Args:
        config: what to run.
        parts: which of its ``{train,val,test}_dataloader`` will be used.

    Raises:
        UserError: The config names a type that is not registered, or an argument that a type does not have; or the
            checkpoint is not one, or not of this model; or its numbers make no training; or files are not there.
    """
    check_data(config, parts)
    check_weights(config, parts)
    no_hits = cache_advice(config) if 'train' in parts else None
    if no_hits:
        config.model.backbone.cache = None  # it would fill the disk
    with one_line_before_work(config):
        check_training(config)
        runner = Runner.from_cfg(config)
        runner.register_hook(ClassNames())
    if no_hits:
        runner.logger.warning(f'nothing is cached: {no_hits}')
    if 'train' in parts and (advice := batch_advice(config, world_size=runner.world_size)):
        runner.logger.warning(advice)
    if config.get('load_from'):
        _compare(runner, config)
    return runner


def start(runner: Runner, config: Config, action: Callable[[Runner], object]) -> None:
    """Train or test: ``action`` is ``Runner.train`` or ``Runner.test``.

    Raises:
        UserError: What is wrong is found before the first iteration, e.g. in the data that the config names.
    """
    begun = _Begun()
    runner.register_hook(begun, 'LOWEST')
    with one_line_before_work(config, begun):
        action(runner)


class _Begun(Hook):
    """Knows whether everything was built and the work has begun."""

    yes = False

    def before_train(self, runner: Runner) -> None:
        self.yes = True

    def before_test(self, runner: Runner) -> None:
        self.yes = True


class one_line_before_work:
    """A ``with`` block in which any error until the work has begun is a UserError: the config asks for what is not."""

    def __init__(self, config: Config, begun: _Begun | None = None) -> None:
        self.config, self.begun = config, begun

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Exception) or isinstance(error, UserError | OSError | MissingOpError):
            return
        if (self.begun is not None and self.begun.yes) or os.environ.get(TRACEBACK):
            return
        text = one_line(error)
        unknown = re.match(r'(\S+) is not in the (\S+) registry', text)
        if unknown:
            text = f"type '{unknown[1]}' is not in the registry {unknown[2]}"
        elif 'unexpected keyword argument' not in text:
            text = f'{type(error).__name__}: {text} ({TRACEBACK}=1 shows where)'
        raise UserError(f'{self.config.filename}: {text}') from error


def _compare(runner: Runner, config: Config) -> None:
    """Whether ``load_from`` is of this model: wholly to resume from, partly to begin with."""
    path, model = config.load_from, getattr(runner.model, 'module', runner.model)
    if '://' in str(path):
        return
    stored = read_checkpoint(path, 'cpu')
    stored = stored.get('state_dict', stored)
    if not isinstance(stored, Mapping) or not stored:
        raise UserError(f'{path} holds no weights')
    shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    given = {name.removeprefix('module.'): tuple(getattr(value, 'shape', ())) for name, value in stored.items()}
    fitting = {name for name, shape in shapes.items() if given.get(name) == shape}
    # which generator a decoder belongs to is written in a text, whose length is that of the generator's path
    loose = {name for name in shapes if name.endswith('belongs_to') and name in given}
    if config.get('resume'):
        wrong = sorted((shapes.keys() | given.keys()) - fitting - loose)
        if wrong:
            raise UserError(
                f'{path} is of another model than {config.filename}: {len(wrong)} of {len(shapes)} tensors differ, as '
                f'{wrong[0]}'
            )
    elif not fitting - loose:
        raise UserError(f'{path} does not fit {config.filename}: it has none of its {len(shapes)} tensors')


def run_tool(main: Callable[[], None]) -> int:
    """Run a tool; its exit status is 2 with one line on stderr for a mistake of the person, 130 when interrupted, 141
    when nobody reads its output any more."""
    start = time.monotonic()
    try:
        with output_may_close():
            main()
    except OutputClosed:
        return NOBODY_READS
    except (UserError, MissingOpError) as error:
        message = one_line(error)
    except OSError as error:
        message = f'{error.filename}: {error.strerror}' if error.filename else one_line(error)
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            message += (
                '; free some space and go on with tools/train.py --resume, which takes the newest whole checkpoint'
            )
    except KeyboardInterrupt:
        print(f'\ninterrupted after {time.monotonic() - start:.0f} s; tools/train.py --resume goes on', file=sys.stderr)
        return 130
    else:
        return 0
    print(f'error: {message}', file=sys.stderr)
    return 2
