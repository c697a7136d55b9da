"""Workers of a pool that need no models: what a pool does with theirs is the same, and takes no seconds of imports."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def honest(pipe, job, device, workers, parent) -> None:
    """Finish every shard, in two steps."""
    while True:
        try:
            shard = pipe.recv()
        except EOFError:
            return
        pipe.send(('add', 1))
        pipe.send(('add', 1))
        pipe.send(('finish', (shard.index, device)))


def killed_once(pipe, job, device, workers, parent) -> None:
    """As ``honest``, but the shard that ``job`` names kills the first worker that takes it, in the middle."""
    folder, fatal = Path(job[0]), job[1]
    while True:
        try:
            shard = pipe.recv()
        except EOFError:
            return
        pipe.send(('add', 1))
        if shard.index == fatal:
            try:
                (folder / 'killed').mkdir()
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        pipe.send(('add', 1))
        pipe.send(('finish', (shard.index, device)))


def killed_always(pipe, job, device, workers, parent) -> None:
    pipe.recv()
    os.kill(os.getpid(), signal.SIGKILL)


def full(pipe, job, device, workers, parent) -> None:
    pipe.recv()
    pipe.send(('error', (OSError(28, 'No space left on device', 'a.png'), '')))


def broken(pipe, job, device, workers, parent) -> None:
    pipe.recv()
    pipe.send(('error', (KeyError('x'), 'Traceback: line 7 of the worker')))


class Files:
    """A worker of a Ray cluster: a file in ``folder`` for each shard and each time that it is begun or finished."""

    def __init__(self, folder: str):
        self.folder = Path(folder)

    def ready(self) -> None:
        pass

    def make(self, shard):
        from types import SimpleNamespace

        (self.folder / f'begun-{shard.index}-{os.getpid()}').touch()
        time.sleep(0.5)
        (self.folder / f'done-{shard.index}').touch()
        return SimpleNamespace(replay=lambda progress: progress.add(shard.count))
