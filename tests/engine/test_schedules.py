"""The length of a training and its learning rate agree, also after --resume."""

import copy
import re
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.registry import MODELS
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from mmdatasetdm.engine.launch import build_runner
from mmdatasetdm.engine.schedules import check_training
from mmdatasetdm.errors import UserError

POLY = dict(type='PolyLR', power=1.0, eta_min=0, by_epoch=False, begin=2, end=8)


@MODELS.register_module()
class TinyModel(BaseModel):
    """One layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)

    def forward(self, inputs, mode='tensor'):
        output = self.layer(inputs)
        return {'loss': output.square().mean()} if mode == 'loss' else output


def runner(folder: Path, *, iterations: int, schedule: list[dict] | None = None, **more) -> Runner:
    config = dict(
        model=dict(type='TinyModel'),
        work_dir=str(folder),
        experiment_name=f'{folder.name}{iterations}{len(list(folder.glob("*")))}',
        train_cfg=dict(type='IterBasedTrainLoop', max_iters=iterations),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=1.0)),
        param_scheduler=schedule,
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=iterations)),
        log_processor=dict(by_epoch=False),
    )
    config = Config({**config, **more})
    check_training(config)
    # a loader that is built: no data set has to be registered
    loader = DataLoader([dict(inputs=torch.ones(1))] * 20, batch_size=1)
    return Runner(
        **copy.deepcopy(config.to_dict()),
        train_dataloader=loader,
        cfg=config,
    )


class Rates(Hook):
    """The learning rate that each iteration used."""

    def __init__(self) -> None:
        self.used: list[float] = []

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.used.append(runner.optim_wrapper.get_lr()['lr'][0])


def rates(folder: Path, **settings) -> list[float]:
    """Train, and return them."""
    made, hook = runner(folder, **settings), Rates()
    made.register_hook(hook)
    made.train()
    return hook.used


def schedule(length: int) -> list[dict]:
    return [
        dict(type='LinearLR', start_factor=0.5, by_epoch=False, begin=0, end=2),
        dict(POLY, end=length),
    ]


def test_a_longer_training_goes_on_with_the_rate_that_its_config_says(tmp_path):
    whole = rates(tmp_path / 'whole', iterations=12, schedule=schedule(12))
    runner(tmp_path / 'parts', iterations=6, schedule=schedule(6)).train()
    rest = rates(tmp_path / 'parts', iterations=12, schedule=schedule(12), resume=True)
    assert rest == pytest.approx(whole[6:])
    assert rest[0] > 0.3
    logs = ''.join(path.read_text() for path in (tmp_path / 'parts').rglob('*.log'))
    assert 'at iteration 6 of 12 the learning rate is' in logs


def test_the_same_schedule_is_resumed_as_it_was(tmp_path):
    whole = rates(tmp_path / 'whole', iterations=8, schedule=schedule(8))
    runner(tmp_path / 'parts', iterations=4, schedule=schedule(8)).train()
    assert rates(tmp_path / 'parts', iterations=8, schedule=schedule(8), resume=True) == whole[4:]
    assert 'is not that of the checkpoint' not in ''.join(p.read_text() for p in (tmp_path / 'parts').rglob('*.log'))


def test_fewer_iterations_than_the_checkpoint_has(tmp_path):
    runner(tmp_path, iterations=3).train()
    with pytest.raises(UserError, match='is of iteration 3, but the training ends at 2'):
        runner(tmp_path, iterations=2, resume=True).train()
    runner(tmp_path, iterations=3, resume=True).train()  # it is finished: nothing to do, and no mistake


def small(**changes) -> Config:
    config = Config(
        dict(
            train_cfg=dict(type='IterBasedTrainLoop', max_iters=8, val_interval=2),
            train_dataloader=dict(batch_size=1, num_workers=0),
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
            param_scheduler=[dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=2), dict(POLY)],
        )
    )
    config.merge_from_dict(changes)
    return config


@pytest.mark.parametrize(
    ('key', 'value', 'words'),
    [
        ('train_cfg.max_iters', 0, 'train_cfg.max_iters is 0: it must be a whole number, 1 or more'),
        ('train_cfg.max_iters', 2.5, 'train_cfg.max_iters is 2.5'),
        ('train_cfg.max_iters', '8', "train_cfg.max_iters is '8'"),
        ('train_cfg.max_iters', True, 'train_cfg.max_iters is True'),
        ('train_cfg.val_interval', 0, 'train_cfg.val_interval is 0'),
        ('train_dataloader.batch_size', 0, 'train_dataloader.batch_size is 0'),
        ('train_dataloader.num_workers', -1, 'train_dataloader.num_workers is -1: it must be a whole number, 0 or'),
        ('optim_wrapper.optimizer.lr', 0, 'optim_wrapper.optimizer.lr is 0: it must be a number above 0'),
        ('optim_wrapper.optimizer.lr', float('nan'), 'optim_wrapper.optimizer.lr is nan'),
        ('optim_wrapper.optimizer.lr', '1e-3', "optim_wrapper.optimizer.lr is '1e-3'"),
        ('param_scheduler.1.end', 2, 'param_scheduler.1 ends at 2, before it begins at 2'),
        (
            'train_cfg.max_iters',
            9,
            'the training is 9 iterations long, but the learning rate is 0 from 8 on: lengthen its schedule, too: '
            '--cfg-options param_scheduler.1.end=9',
        ),
    ],
)
def test_numbers_that_make_no_training(key, value, words):
    with pytest.raises(UserError, match=re.escape(words)):
        check_training(small(**{key: value}))


@pytest.mark.parametrize(
    'changes', [{}, {'train_cfg.max_iters': 3}, {'param_scheduler.1.eta_min': 0.01, 'train_cfg.max_iters': 99}]
)
def test_trainings_that_are_shorter_or_end_at_a_rate_to_go_on_with(changes):
    check_training(small(**changes))


def test_a_warm_up_alone_goes_on_at_its_full_rate():
    config = small(**{'train_cfg.max_iters': 99})
    config.param_scheduler = [config.param_scheduler[0]]
    check_training(config)


def test_the_tools_check_it():
    with pytest.raises(UserError, match='max_iters is 0'):
        build_runner(small(**{'train_cfg.max_iters': 0}))
