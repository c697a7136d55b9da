"""The last checkpoint of a work folder: what a training leaves is what is taken, wherever the folder lies now."""

import shutil

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import Dataset

from mmdatasetdm.engine.work_dir import last_checkpoint
from mmdatasetdm.errors import UserError


def work_folder(folder, *names: str, noted: str | None = None, max_iters: int | None = None):
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(b'')
    if noted:
        (folder / 'last_checkpoint').write_text(noted)
    if max_iters:
        (folder / 'lamp.py').write_text(f'train_cfg = dict(max_iters={max_iters})')
    return folder


class Ones(Dataset):
    """Four ones; labels are ones too."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return {'inputs': torch.ones(1)}


class Line(BaseModel):
    """A model with one weight, as mmengine's runner wants it."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, inputs, mode):
        return {'loss': (self.weight - torch.stack(inputs)).square().mean()}


def test_of_a_real_training_the_last_iteration_is_taken(tmp_path):
    runner = Runner(
        model=Line(),
        work_dir=str(tmp_path / 'work'),
        train_dataloader=dict(
            dataset=Ones(), batch_size=1, num_workers=0, sampler=dict(type='InfiniteSampler', shuffle=False)
        ),
        train_cfg=dict(type='mmengine.IterBasedTrainLoop', max_iters=12),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        default_hooks=dict(checkpoint=dict(type='mmengine.CheckpointHook', by_epoch=False, interval=3)),
        default_scope='mmengine',
        experiment_name='line',
    )
    runner.train()
    moved = tmp_path / 'moved'
    shutil.move(tmp_path / 'work', moved)
    assert last_checkpoint(moved) == moved / 'iter_12.pth', 'the note in it names the old place'
    (moved / 'last_checkpoint').unlink()
    assert last_checkpoint(moved) == moved / 'iter_12.pth', '12 comes after 9, not before 3'


def test_a_best_checkpoint_is_not_taken(tmp_path):
    folder = work_folder(tmp_path / 'a', 'best_mIoU_iter_9.pth', 'iter_5.pth')
    assert last_checkpoint(folder).name == 'iter_5.pth'
    only = work_folder(tmp_path / 'b', 'best_mIoU_iter_9.pth')
    with pytest.raises(UserError, match=r'b holds no checkpoint of a training \(iter_N\.pth\)'):
        last_checkpoint(only)


def test_what_the_training_noted_counts(tmp_path):
    folder = work_folder(tmp_path / 'a', 'iter_300.pth', 'iter_500.pth', noted='/gone/a/iter_300.pth')
    assert last_checkpoint(folder).name == 'iter_300.pth', 'iter_500 is of a training before'
    folder = work_folder(tmp_path / 'b', 'iter_300.pth', noted='/gone/a/iter_600.pth')
    assert last_checkpoint(folder).name == 'iter_300.pth'


def test_an_unfinished_training_is_told(tmp_path):
    folder = work_folder(tmp_path / 'a', 'iter_250.pth', noted='iter_250.pth', max_iters=500)
    with pytest.raises(UserError, match=r'stopped at iteration 250 of 500: .*--resume goes on; .*a/iter_250\.pth'):
        last_checkpoint(folder, config='configs/lamp.py')
    assert last_checkpoint(folder, config='configs/other.py').name == 'iter_250.pth'
    whole = work_folder(tmp_path / 'b', 'iter_500.pth', noted='iter_500.pth', max_iters=500)
    assert last_checkpoint(whole, config='configs/lamp.py').name == 'iter_500.pth'
