"""Devices of workers."""

import pytest
import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.engines import device as devices
from mmdatasetdm.generation.engines.device import check_device, choose_device, describe_device, device_of, share_device


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


@pytest.mark.skipif(torch.cuda.is_available(), reason='of a machine without a GPU')
@pytest.mark.parametrize(
    'cuda, driver, told',
    [
        (None, '', r'torch .* is built without CUDA'),
        ('13.0', '', r'wants CUDA 13\.0, whose NVIDIA driver is 580 or later, and .* has no NVIDIA driver'),
        (
            '12.8',
            'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  470.57.02  Release Build\n',
            r'wants CUDA 12\.8, whose NVIDIA driver is 525 or later, and this machine has driver 470\.57\.02',
        ),
    ],
)
def test_large_images_need_a_gpu_or_a_word(monkeypatch, tmp_path, cuda, driver, told):
    if driver:
        (tmp_path / 'version').write_text(driver)
    monkeypatch.setattr(devices, 'DRIVER', tmp_path / 'version')
    monkeypatch.setattr(torch.version, 'cuda', cuda)
    with pytest.raises(UserError, match=f"each image of 512 pixels by 'sd' takes minutes: .*{told}.*--device cpu"):
        choose_device(None, generator='sd', image_size=512)
    assert choose_device(None, generator='toy', image_size=256) == 'cpu'
    assert choose_device('cpu', generator='sd', image_size=512) == 'cpu'
    with pytest.raises(UserError, match="each image of 64 pixels by 'if' takes minutes"):
        choose_device(None, generator='if', image_size=64, weights=740_000_000)


def test_a_device_in_words():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    assert describe_device('cpu') == 'cpu, 1 thread'
    torch.set_num_threads(before)


def test_workers_by_cores_and_memory(monkeypatch, tmp_path):
    monkeypatch.setattr(devices, 'MEMORY', tmp_path / 'meminfo')
    monkeypatch.setattr(devices.os, 'sched_getaffinity', lambda process: set(range(8)), raising=False)
    (tmp_path / 'meminfo').write_text('MemTotal: 99 kB\nMemAvailable:   16000000 kB\n')
    assert devices.auto_workers('cpu', models=100_000_000) == 8
    assert devices.auto_workers('cpu', models=1_000_000_000) == 3, '16.4 GB for 4.5 GB each'
    assert devices.auto_workers('cpu', models=20_000_000_000) == 1
    monkeypatch.setattr(devices.torch.cuda, 'device_count', lambda: 4)
    assert devices.auto_workers('cuda', models=0) == 4 and devices.auto_workers('cuda:1', models=0) == 1
