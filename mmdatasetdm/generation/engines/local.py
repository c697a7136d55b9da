"""This machine: one process, or several that take shard after shard."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from itertools import islice
from multiprocessing.process import BaseProcess

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.engines.base import Job, make_shards
from mmdatasetdm.generation.engines.device import device_of, share_device
from mmdatasetdm.generation.options import Count, Text, checked
from mmdatasetdm.generation.pipeline import Pipeline
from mmdatasetdm.generation.storage.plan import Pending, Shard
from mmdatasetdm.generation.storage.shards import ShardStore
from mmdatasetdm.registry import ENGINES

POLL = 0.5  # seconds between two looks at the workers' progress


@ENGINES.register_module('local')
@checked
class LocalEngine:
    """Processes on this machine, which talk to nobody but their parent.

    Args:
        device: 'cpu', 'cuda' (several workers take the GPUs in turn), 'cuda:1', ...
        workers: processes; 1 is this one.
    """

    device: Text
    workers: Count = 1

    def uses_processes(self, pending: Pending) -> bool:
        return min(self.workers, len(pending)) > 1

    def run(self, job: Job, pending: Pending, *, pipeline: Pipeline | None, on_progress: Callable[[int], None]) -> None:
        """As :class:`Engine` says. The end of this process, however it comes, is that of its workers."""
        if pipeline is not None:
            make_shards(pipeline, pending, ShardStore(job.out), workers=1, on_progress=on_progress)
            return
        workers = min(self.workers, len(pending))
        context = multiprocessing.get_context('spawn')  # a forked process can neither use CUDA nor OpenMP threads
        progress, started = context.SimpleQueue(), context.Value('i', 0)
        before, children = set(multiprocessing.active_children()), set()
        arguments = (job, self.device, workers, progress, started, os.getpid())
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=arguments)
        try:
            shards = iter(pending)  # of a plan that may be long: only some are handed over at a time
            running = {pool.submit(_make, shard) for shard in islice(shards, 2 * workers)}
            while running:
                children |= set(multiprocessing.active_children()) - before
                done, running = wait(running, timeout=POLL, return_when=FIRST_COMPLETED)
                while not progress.empty():
                    on_progress(progress.get())
                for future in done:
                    future.result()
                running |= {pool.submit(_make, shard) for shard in islice(shards, len(done))}
            pool.shutdown()
        except BrokenProcessPool:
            raise UserError(
                f'a worker process ended with {_exit_code(children)} (a negative number is a signal: -9 is a kill, by '
                'lack of memory for instance); finished shards are kept, run the same command again'
            ) from None
        finally:
            for child in children | (set(multiprocessing.active_children()) - before):
                child.kill()
            pool.shutdown(cancel_futures=True)


def _exit_code(children: set[BaseProcess]) -> int | None:
    """The exit code of the worker that died first: the pool itself ends the others by SIGTERM."""
    for child in children:
        child.join(timeout=5)
    codes = {child.exitcode for child in children} - {None, 0}
    return next(iter(codes - {-signal.SIGTERM}), -signal.SIGTERM)


class _Worker:
    """The state of a worker process; the models are loaded with its first shard, whose future then tells a failure."""

    def __init__(self, job: Job, device: str, workers: int, progress: multiprocessing.SimpleQueue):
        self.job, self.device, self.workers, self.progress = job, device, workers, progress
        self.pipeline: Pipeline | None = None

    def make(self, shard: Shard) -> None:
        if self.pipeline is None:
            share_device(self.device, workers=self.workers)
            self.pipeline = self.job.load_pipeline(self.device)
        store = ShardStore(self.job.out)
        make_shards(self.pipeline, [shard], store, workers=self.workers, on_progress=self.progress.put)


_worker: _Worker | None = None


def _start(job: Job, device: str, workers: int, progress, started, parent: int) -> None:
    global _worker
    _die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which ends its workers
    for module in job.recipe.custom_imports:
        import_module(module)
    with started.get_lock():
        index = started.value
        started.value += 1
    _worker = _Worker(job, device_of(device, index), workers, progress)


def _make(shard: Shard) -> None:
    if _worker is None:
        raise RuntimeError('no worker was started in this process')
    _worker.make(shard)


def _die_with_parent(parent: int) -> None:
    """A parent that is killed takes its workers along, so that the folder's lock is true."""
    if sys.platform == 'linux':
        import ctypes

        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
