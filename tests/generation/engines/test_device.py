"""Devices of workers."""

import pytest
import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.engines.device import check_device, device_of, share_device


@pytest.mark.parametrize('device', ['gpu', 'cuda:77', 'meta', ''])
def test_a_device_that_is_none(device):
    with pytest.raises(UserError, match=f"device '{device}' cannot be used: .*; give cpu, cuda") as error:
        check_device(device)
    assert '\n' not in str(error.value)


def test_workers_share_the_threads_of_the_cpu():
    check_device('cpu')
    assert [device_of('cpu', worker) for worker in range(2)] == ['cpu', 'cpu']
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(4)
        share_device('cpu', workers=3)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
