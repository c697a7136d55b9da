"""Weights alone: what is shipped of a decoder reads like the checkpoint that it was."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.runner.checkpoint import _load_checkpoint

from mmdatasetdm.engine.checkpoints import read_checkpoint, write_weights
from mmdatasetdm.errors import UserError

META = dict(
    iter=500,
    seed=0,
    cfg='a = 1',
    dataset_meta=dict(classes=('person', 'dog'), sigmas=np.array([0.5, 0.25]), keypoint_id2name={0: 'nose'}),
)
STATE = {
    'weight': torch.tensor([[0.5, -1.25]]),
    'batches': torch.tensor(2**40),
    'owner': torch.tensor([1, 255], dtype=torch.uint8),
}


@pytest.fixture
def shipped(tmp_path) -> Path:
    path = tmp_path / 'decoder.safetensors'
    write_weights(path, dict(state_dict=STATE, meta=META, optimizer=dict(state={0: torch.ones(3)})))
    return path


def test_weights_come_back_with_their_types_and_the_data_set(shipped):
    content = read_checkpoint(shipped)
    assert set(content) == {'state_dict', 'meta'}
    for name, value in STATE.items():
        found = content['state_dict'][name]
        assert found.dtype == value.dtype and torch.equal(found, value), name
    assert content['meta'] == dict(
        iter=500,
        seed=0,
        dataset_meta=dict(classes=('person', 'dog'), sigmas=[0.5, 0.25], keypoint_id2name={0: 'nose'}),
    )


def test_mmengine_reads_them_too(shipped):
    assert torch.equal(_load_checkpoint(str(shipped), 'cpu')['state_dict']['weight'], STATE['weight'])


@pytest.mark.parametrize('content', [b'', b'no tensors', 'half'])
def test_a_damaged_file_is_one_line(shipped, content):
    shipped.write_bytes(shipped.read_bytes()[:-10] if content == 'half' else content)
    with pytest.raises(UserError, match=r'decoder\.safetensors is (empty|not a checkpoint)'):
        read_checkpoint(shipped)
