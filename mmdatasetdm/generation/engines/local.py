"""Several processes, each with its own shards; they talk to nobody but the parent, and only to say how far they are."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from pathlib import Path

import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.pipeline import Origin, Pipeline
from mmdatasetdm.generation.recipe import Recipe
from mmdatasetdm.generation.storage.plan import Pending
from mmdatasetdm.generation.storage.shards import ShardStore


def run_workers(
    recipe: Recipe,
    pending: Pending,
    out: Path,
    *,
    device: str,
    workers: int,
    origin: Path | None,
    code: str,
    tick: Callable[[int], None],
) -> None:
    """Deal ``pending`` out to ``workers`` processes and wait for all.

    Raises:
        UserError: a worker met one (the others are stopped; finished shards stay), or a worker was killed.
        OSError: a worker met one, a full disk for instance.
    """
    context = multiprocessing.get_context('spawn')  # a forked process can neither use CUDA nor OpenMP threads
    processes = {}
    try:
        for index in range(workers):
            receive, send = context.Pipe(duplex=False)
            process = context.Process(
                target=_work,
                daemon=True,
                kwargs=dict(
                    recipe=recipe,
                    pending=pending,
                    index=index,
                    out=out,
                    device=_device(device, index),
                    workers=workers,
                    origin=origin,
                    code=code,
                    send=send,
                    parent=os.getpid(),
                ),
            )
            process.start()
            send.close()  # so that the pipe ends when the worker does
            processes[receive] = process
        open_pipes = set(processes)
        while open_pipes:
            for pipe in wait(list(open_pipes)):
                try:
                    message = pipe.recv()
                except EOFError:
                    open_pipes.remove(pipe)
                    process = processes[pipe]
                    process.join()
                    if process.exitcode:
                        raise UserError(
                            f'a worker process ended with {process.exitcode} (a negative number is a signal: -9 is '
                            'a kill, by lack of memory for instance); finished shards are kept, run the same '
                            'command again'
                        ) from None
                    continue
                if isinstance(message, BaseException):
                    raise message
                tick(message)
    finally:
        for process in processes.values():
            process.kill()
        for process in processes.values():
            process.join()


def check_device(device: str) -> None:
    """UserError when PyTorch has no such device, or cannot use it."""
    try:
        if torch.device(device).type == 'meta':
            raise RuntimeError('it holds no values')
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError, TypeError) as error:
        why = str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__
        raise UserError(f"device '{device}' cannot be used: {why}; give cpu, cuda or cuda:1, …") from None


def _device(device: str, index: int) -> str:
    """Workers on 'cuda' take the GPUs in turn."""
    return f'cuda:{index % torch.cuda.device_count()}' if device == 'cuda' and torch.cuda.device_count() > 1 else device


def _work(
    *,
    recipe: Recipe,
    pending: Pending,
    index: int,
    out: Path,
    device: str,
    workers: int,
    origin: Path | None,
    code: str,
    send: Connection,
    parent: int,
) -> None:
    from mmdatasetdm.generation.runner import make_shards

    _die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which ends its workers
    if device.startswith('cpu'):
        torch.set_num_threads(max(1, torch.get_num_threads() // workers))
    elif ':' in device:
        torch.cuda.set_device(device)
    try:
        pipeline = Pipeline(recipe=recipe, device=device, origin=Origin.open(origin) if origin else None, code=code)
        make_shards(pipeline, pending.part(index, workers), ShardStore(out), workers=workers, tick=send.send)
    except (UserError, OSError) as error:
        send.send(error)


def _die_with_parent(parent: int) -> None:
    """A parent that is killed takes its workers along, so that the folder's lock is true."""
    if sys.platform == 'linux':
        import ctypes

        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
