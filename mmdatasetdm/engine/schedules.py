"""What a training's config says of its length and learning rate: checked before it starts, and kept by ``--resume``."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.registry import PARAM_SCHEDULERS
from mmengine.runner import Runner

from mmdatasetdm.errors import UserError

_NEVER = int(1e9)  # mmengine's end of a scheduler without one
# Of a scheduler's state, what is not from its config.
_PROGRESS = {'base_values', 'last_step', 'verbose', '_global_step', '_last_value'}


def check_training(config: Config) -> None:
    """Whether the lengths, sizes and rates of a training make sense together.

    Raises:
        UserError: a number is none, of the wrong kind or out of its range, or the learning rate is 0 before the last
            iteration.
    """
    for name, value, least in _whole_numbers(config):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise UserError(f'{config.filename}: {name} is {value!r}: it must be a whole number, {least} or more')
    rate = ((config.get('optim_wrapper') or {}).get('optimizer') or {}).get('lr', 1)  # some optimizers have a default
    if not (_is_number(rate) and 0 < rate < math.inf):
        raise UserError(f'{config.filename}: optim_wrapper.optimizer.lr is {rate!r}: it must be a number above 0')
    length = config.get('train_cfg') or {}
    if 'max_iters' in length:
        _check_schedulers(config, length['max_iters'], by_epoch=False)
    elif 'max_epochs' in length:
        _check_schedulers(config, length['max_epochs'], by_epoch=True)


def resume_on_schedule(runner: Runner, resume: Callable[[], None]) -> None:
    """Load a checkpoint to go on from, and keep the schedulers of the config.

    mmengine takes those of the checkpoint: one that ended with the checkpoint's training leaves a longer one at a
    learning rate of 0.

    Args:
        runner: whose training is about to begin.
        resume: loads the checkpoint into it.

    Raises:
        UserError: the checkpoint is of a later iteration than the training's last.
    """
    schedulers = runner.param_schedulers if isinstance(runner.param_schedulers, list) else []
    settings = [_settings(one) for one in schedulers if not isinstance(one, dict)]
    resume()
    if runner.iter > runner.max_iters:
        raise UserError(
            f'--resume: the checkpoint is of iteration {runner.iter}, but the training ends at {runner.max_iters}: '
            'nothing is left to train'
        )
    if not settings or [_settings(one) for one in runner.param_schedulers] == settings:
        return
    groups = runner.optim_wrapper.param_groups
    for group in groups:
        group['lr'] = group['initial_lr']
    with warnings.catch_warnings():  # of schedulers that go on without an optimizer
        warnings.simplefilter('ignore')
        runner.param_schedulers = runner.build_param_scheduler(runner.cfg.param_scheduler)
        for scheduler in _steps_so_far(runner):
            scheduler.step()
    print_log(
        f'--resume: the schedule of the config is not that of the checkpoint; at iteration {runner.iter} of '
        f'{runner.max_iters} the learning rate is {groups[0]["lr"]:.3g}, as the config says',
        logger='current',
    )


def _whole_numbers(config: Config) -> Iterator[tuple[str, Any, int]]:
    """Key, value and least value of what must be a whole number."""
    length = config.get('train_cfg') or {}
    for key in ('max_iters', 'max_epochs', 'val_interval'):
        if key in length:
            yield f'train_cfg.{key}', length[key], 1
    for part in ('train', 'val', 'test'):
        loader = config.get(f'{part}_dataloader')
        for key, least in (('batch_size', 1), ('num_workers', 0)):
            if isinstance(loader, dict) and key in loader:
                yield f'{part}_dataloader.{key}', loader[key], least
    for name, scheduler in _schedulers(config):
        for key in ('begin', 'end'):
            if key in scheduler:
                yield f'{name}.{key}', scheduler[key], 0


def _schedulers(config: Config) -> list[tuple[str, dict]]:
    """The schedulers by their keys in the config."""
    given = config.get('param_scheduler') or []
    if isinstance(given, dict):
        return [('param_scheduler', given)] if 'type' in given else []
    return [(f'param_scheduler.{index}', one) for index, one in enumerate(given) if isinstance(one, dict)]


def _check_schedulers(config: Config, length: int, *, by_epoch: bool) -> None:
    named = _schedulers(config)
    for name, scheduler in named:
        begin, end = scheduler.get('begin', 0), scheduler.get('end', _NEVER)
        if end <= begin:
            raise UserError(f'{config.filename}: {name} ends at {end}, before it begins at {begin}: set its begin, too')
    counted = [(name, one) for name, one in named if one.get('by_epoch', True) == by_epoch]
    ends = [one.get('end', _NEVER) for _, one in counted]
    if not ends or max(ends) >= length:
        return
    last = max(ends)
    if _rate_after([one for _, one in counted], last) > 1e-6:
        return  # a schedule that ends at a rate to go on with, e.g. a warm-up alone
    unit = 'epochs' if by_epoch else 'iterations'
    keys = ' '.join(f'{name}.end={length}' for name, one in counted if one.get('end') == last)
    raise UserError(
        f'{config.filename}: the training is {length} {unit} long, but the learning rate is 0 from {last} on: '
        f'lengthen its schedule, too: --cfg-options {keys}'
    )


def _rate_after(schedulers: Sequence[dict], steps: int) -> float:
    """The learning rate after so many steps, as a share of the optimizer's."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
    plain = [{key: value for key, value in one.items() if key != 'convert_to_iter_based'} for one in schedulers]
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        built = [PARAM_SCHEDULERS.build(one, default_args=dict(optimizer=optimizer)) for one in plain]
        for _ in range(steps):
            for scheduler in built:
                scheduler.step()
    return optimizer.param_groups[0]['lr']


def _settings(scheduler: Any) -> dict:
    return {key: value for key, value in scheduler.state_dict().items() if key not in _PROGRESS}


def _steps_so_far(runner: Runner) -> Iterator[Any]:
    """The schedulers in the order of the steps that the finished iterations and epochs took."""
    by_iter = [one for one in runner.param_schedulers if not one.by_epoch]
    by_epoch = [one for one in runner.param_schedulers if one.by_epoch]
    length = max(runner.iter // runner.epoch, 1) if runner.epoch else _NEVER
    for step in range(1, runner.iter + 1):
        yield from by_iter
        if step % length == 0:
            yield from by_epoch


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
