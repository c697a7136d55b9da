"""Devices of workers."""

from __future__ import annotations

import torch

from mmdatasetdm.errors import UserError


def check_device(device: str) -> None:
    """UserError when PyTorch has no such device, or cannot use it."""
    try:
        if torch.device(device).type == 'meta':
            raise RuntimeError('it holds no values')
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError, TypeError) as error:
        why = str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__
        raise UserError(f"device '{device}' cannot be used: {why}; give cpu, cuda or cuda:1, …") from None


def device_of(device: str, worker: int) -> str:
    """Workers on 'cuda' take the GPUs in turn; on any other device all share it."""
    return (
        f'cuda:{worker % torch.cuda.device_count()}' if device == 'cuda' and torch.cuda.device_count() > 1 else device
    )


def share_device(device: str, *, workers: int) -> None:
    """Settle this process on its device: a part of the CPU's threads, or one GPU."""
    if device.startswith('cpu'):
        torch.set_num_threads(max(1, torch.get_num_threads() // workers))
    elif ':' in device:
        torch.cuda.set_device(device)
