"""Devices of workers."""

from __future__ import annotations

import os
import re
from pathlib import Path

import torch

from mmdatasetdm.errors import UserError

NEEDS_GPU = 512  # pixels: an image of this side takes minutes on a CPU
HEAVY = 500_000_000  # bytes of a denoiser's weights: of DeepFloyd IF's smallest, whose 64 pixels take minutes too
# the oldest driver for each major version of CUDA (NVIDIA, CUDA Compatibility)
OLDEST_DRIVER = {11: 450, 12: 525, 13: 580}
DRIVER = Path('/proc/driver/nvidia/version')
MEMORY = Path('/proc/meminfo')


def choose_device(given: str | None, *, generator: str, image_size: int, weights: int = 0) -> str:
    """The device that a person gave; else a GPU where there is one, or the CPU for small images of a small generator.

    Args:
        given: what the person said.
        generator: its name, for the message.
        image_size: the longer side of the images as they are written, in pixels.
        weights: bytes of the denoiser's weights.

    Raises:
        UserError: there is no GPU, the images or the generator are large, and the CPU was not asked for.
    """
    if given is not None:
        return given
    if torch.cuda.is_available():
        return 'cuda'
    if image_size >= NEEDS_GPU or weights >= HEAVY:
        raise UserError(
            f"PyTorch finds no GPU, and on a CPU each image of {image_size} pixels by '{generator}' takes minutes: "
            f'{why_no_gpu()}; to use the CPU all the same, give --device cpu'
        )
    return 'cpu'


def why_no_gpu() -> str:
    """What the installed PyTorch needs for a GPU, and what driver is here."""
    version = torch.version.cuda
    if version is None:
        return f'torch {torch.__version__} is built without CUDA, install a build with it (https://pytorch.org)'
    oldest = OLDEST_DRIVER.get(int(version.split('.')[0]))
    wanted = f', whose NVIDIA driver is {oldest} or later' if oldest else ''
    found = re.search(r'Kernel Module.*?\s(\d+(?:\.\d+)+)', DRIVER.read_text()) if DRIVER.is_file() else None
    here = f'driver {found[1]}' if found else 'no NVIDIA driver'
    return f'torch {torch.__version__} wants CUDA {version}{wanted}, and this machine has {here}'


def describe_device(device: str) -> str:
    """'cpu, 2 threads' or 'cuda, NVIDIA H100 80GB HBM3'."""
    if device.startswith('cpu'):
        threads = torch.get_num_threads()
        return f'{device}, {threads} thread{"s" if threads > 1 else ""}'
    return f'{device}, {torch.cuda.get_device_name(device)}' if device.startswith('cuda') else device


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


def auto_workers(device: str, *, models: int) -> int:
    """How many workers a machine carries: one a GPU, or one a core as far as its memory goes.

    Args:
        device: of the run: 'cuda', 'cuda:1', 'cpu'.
        models: bytes of the weights on the disk; in float32, with what PyTorch needs beside, each worker takes about
            three times that and 1.5 GB.
    """
    if device == 'cuda':
        return max(1, torch.cuda.device_count())
    if not device.startswith('cpu'):
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
    free = re.search(r'MemAvailable:\s+(\d+) kB', MEMORY.read_text()) if MEMORY.is_file() else None
    room = int(int(free[1]) * 1024 // (1.5e9 + 3 * models)) if free else 1
    return max(1, min(cores, room))
