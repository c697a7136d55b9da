"""Worker processes that take shard after shard from their parent; a dead one's shard goes to another."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from itertools import chain
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.engines.base import Job, make_shards
from mmdatasetdm.generation.engines.device import device_of, share_device
from mmdatasetdm.generation.progress import Progress, Tally
from mmdatasetdm.generation.storage.plan import Shard
from mmdatasetdm.generation.storage.shards import ShardStore

KILLED = 'a negative number is a signal: -9 is a kill, by lack of memory for instance'
DEATHS = 2  # of workers by one shard, after which it is not tried again


@dataclass(eq=False)
class Worker:
    """A worker process, as its parent knows it.

    Attributes:
        number: of its device.
        shard: that it was given last; None: it has none.
        added: samples of that shard that were counted.
        finished: shards that it finished.
    """

    number: int
    process: BaseProcess
    pipe: Connection
    shard: Shard | None = None
    added: int = 0
    finished: int = 0


class WorkerError(Exception):
    """The traceback of a worker, as the cause of the error that its parent raises."""


@dataclass
class WorkerPool:
    """``workers`` processes, each with the models of ``job``. Leaving it as a context ends them.

    A worker that dies is replaced when it has finished a shard before; its shard goes to another worker in any case.
    """

    job: Job
    device: str
    workers: int
    alive: list[Worker] = field(default_factory=list)

    def __enter__(self) -> WorkerPool:
        for number in range(self.workers):
            self._start(number)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for worker in self.alive:
            worker.process.kill()
        for worker in self.alive:
            worker.process.join()
            worker.pipe.close()

    def run(self, shards: Iterable[Shard], progress: Progress) -> None:
        """Have all ``shards`` made.

        Raises:
            UserError: all workers died, or one shard ended several.
            Exception: what a worker raised.
        """
        left = iter(shards)  # a plan may be long: a shard is taken when a worker is free
        deaths: dict[int, int] = {}
        self._hand_out(left)
        while any(worker.shard for worker in self.alive):
            ready = wait([worker.pipe for worker in self.alive if worker.shard])
            for worker in [one for one in self.alive if one.pipe in ready]:
                try:
                    kind, value = worker.pipe.recv()
                except (EOFError, OSError):  # it is dead
                    left = chain([self._bury(worker, progress, deaths)], left)
                else:
                    self._hear(worker, kind, value, progress)
            self._hand_out(left)

    def _hand_out(self, shards: Iterator[Shard]) -> None:
        for worker in self.alive:
            if worker.shard is None and (shard := next(shards, None)):
                worker.shard = shard
                with suppress(OSError):  # it died: waiting for it tells
                    worker.pipe.send(shard)

    def _hear(self, worker: Worker, kind: str, value: Any, progress: Progress) -> None:
        """Act on one message of a worker."""
        if kind == 'error':
            error, trace = value
            raise error from (None if isinstance(error, UserError | OSError) else WorkerError(trace))
        if kind == 'add':
            worker.added += value
            progress.add(value)
        elif kind == 'say':
            progress.say(value)
        else:
            worker.shard, worker.added, worker.finished = None, 0, worker.finished + 1
            progress.finish(value)

    def _bury(self, worker: Worker, progress: Progress, deaths: dict[int, int]) -> Shard:
        """Take a dead worker away; -> its shard, which another has to make."""
        shard = worker.shard
        assert shard is not None
        worker.process.join()
        worker.pipe.close()
        self.alive.remove(worker)
        progress.add(-worker.added)
        code = worker.process.exitcode
        deaths[shard.index] = deaths.get(shard.index, 0) + 1
        if worker.finished:
            self._start(worker.number)
        if not self.alive or deaths[shard.index] >= DEATHS:
            raise UserError(
                f'a worker process ended with {code} ({KILLED}); finished shards are kept, run the same command again'
            )
        progress.say(f'a worker process ended with {code} ({KILLED}); its shard goes to another one')
        return shard

    def _start(self, number: int) -> None:
        context = multiprocessing.get_context('spawn')  # a forked process can neither use CUDA nor OpenMP threads
        ours, theirs = context.Pipe()
        process = context.Process(
            target=serve, args=(theirs, self.job, device_of(self.device, number), self.workers, os.getpid())
        )
        process.start()
        theirs.close()  # the worker has the only other end: when it dies, ours is at its end
        self.alive.append(Worker(number=number, process=process, pipe=ours))


class PipeProgress:
    """Tells the parent of a worker."""

    def __init__(self, pipe: Connection):
        self.pipe = pipe

    def add(self, samples: int) -> None:
        self.pipe.send(('add', samples))

    def finish(self, made: Tally) -> None:
        self.pipe.send(('finish', made))

    def say(self, line: str) -> None:
        self.pipe.send(('say', line))


def serve(pipe: Connection, job: Job, device: str, workers: int, parent: int) -> None:
    """A worker's life: shards come through ``pipe``; the models are loaded with the first one."""
    _die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which ends its workers
    pipeline, store, progress = None, ShardStore(job.out), PipeProgress(pipe)
    while True:
        try:
            shard = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            if pipeline is None:
                for module in job.recipe.custom_imports:
                    import_module(module)
                share_device(device, workers=workers)
                pipeline = job.load_pipeline(device)
            make_shards(pipeline, [shard], store, workers=workers, progress=progress)
        except Exception as error:
            pipe.send(('error', (_portable(error), traceback.format_exc())))
            return


def _portable(error: Exception) -> Exception:
    """The error, or one that says the same where it cannot be handed to another process."""
    try:
        copy: Any = pickle.loads(pickle.dumps(error))
        return error if str(copy) == str(error) else RuntimeError(repr(error))
    except Exception:
        return RuntimeError(repr(error))


def _die_with_parent(parent: int) -> None:
    """A parent that is killed takes its workers along, so that the folder's lock is true."""
    if sys.platform == 'linux':
        import ctypes

        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
