"""What the passes of a published denoiser cost on this machine, with random weights."""

from __future__ import annotations

import os
import resource
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context

import torch

from mmdatasetdm.diffusion.architectures import Architecture
from mmdatasetdm.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What passes cost on a machine.

    Attributes:
        denoise, extract: seconds of a pass of sampling and of an extraction pass over a batch, medians.
        peak: bytes at the most: on a GPU those of its memory, on the CPU those of the process.
    """

    denoise: float
    extract: float
    peak: int


def measure(architecture: Architecture, *, device: str, batch: int, repeats: int) -> Cost:
    """In the precision that a generator is loaded in: half on a GPU, single on the CPU.

    Raises:
        UserError: its weights alone do not fit into what is free.
    """
    on_gpu = device.startswith('cuda')
    dtype = architecture.family.half if on_gpu else torch.float32
    wanted = architecture.build().parameters * dtype.itemsize
    free = torch.cuda.mem_get_info(device)[0] if on_gpu else os.sysconf('SC_AVPHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
    if wanted > free:
        raise UserError(f'its weights take {wanted / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free')
    made = architecture.build(device=device, dtype=dtype)
    seconds: dict[str, list[float]] = dict(denoise=[], extract=[])
    for repeat in range(repeats + 1):  # the first is a warm-up
        for name, taken in seconds.items():
            start = time.perf_counter()
            getattr(made, name)(batch)
            if on_gpu:
                torch.cuda.synchronize()
            if repeat:
                taken.append(time.perf_counter() - start)
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    peak = torch.cuda.max_memory_allocated() if on_gpu else 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Cost(**medians, peak=peak)


def measure_apart(architecture: Architecture, *, device: str, batch: int, repeats: int) -> Cost:
    """The same in a process of its own, whose memory is that of this denoiser alone.

    Raises:
        UserError: there is not enough memory.
    """
    try:
        with ProcessPoolExecutor(1, mp_context=get_context('spawn')) as pool:
            return pool.submit(measure, architecture, device=device, batch=batch, repeats=repeats).result()
    except (BrokenProcessPool, torch.OutOfMemoryError, MemoryError):
        raise UserError('out of memory') from None
