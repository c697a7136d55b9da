"""The pool with real processes: shards are handed out once, a dead worker's shard is made by another."""

from __future__ import annotations

import errno
from types import SimpleNamespace

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.engines import pool
from tests.generation.engines import workers


class Notes:
    """A progress that keeps what it is told."""

    def __init__(self):
        self.added, self.finished, self.said = 0, [], []

    def add(self, samples):
        self.added += samples

    def finish(self, made):
        self.finished.append(made)

    def say(self, line):
        self.said.append(line)


def run(monkeypatch, worker, *, job=None, shards=6, count=2) -> Notes:
    monkeypatch.setattr(pool, 'serve', worker)
    notes = Notes()
    with pool.WorkerPool(job, device='cpu', workers=count) as started:
        processes = [one.process for one in started.alive]
        started.run([SimpleNamespace(index=index) for index in range(shards)], notes)
    assert not any(process.is_alive() for process in processes)
    return notes


def test_each_shard_once(monkeypatch):
    notes = run(monkeypatch, workers.honest)
    assert sorted(index for index, _ in notes.finished) == [0, 1, 2, 3, 4, 5]
    assert notes.added == 12 and not notes.said


@pytest.mark.parametrize('fatal', [0, 4])  # the first of a worker, which is then not replaced, and a later one
def test_the_shard_of_a_dead_worker_goes_to_another(monkeypatch, tmp_path, fatal):
    notes = run(monkeypatch, workers.killed_once, job=(str(tmp_path), fatal))
    assert sorted(index for index, _ in notes.finished) == [0, 1, 2, 3, 4, 5]
    assert notes.added == 12, 'what the dead worker had begun does not count'
    assert len(notes.said) == 1 and notes.said[0].startswith('a worker process ended with -9')


def test_a_single_worker_is_replaced_once_it_has_finished_something(monkeypatch, tmp_path):
    notes = run(monkeypatch, workers.killed_once, job=(str(tmp_path), 3), count=1)
    assert [index for index, _ in notes.finished] == [0, 1, 2, 3, 4, 5]


def test_workers_that_all_die(monkeypatch):
    with pytest.raises(UserError, match=r'a worker process ended with -9 .*; finished shards are kept'):
        run(monkeypatch, workers.killed_always)


def test_errors_of_workers(monkeypatch):
    with pytest.raises(OSError, match='No space left') as error:
        run(monkeypatch, workers.full)
    assert (error.value.errno, error.value.filename) == (errno.ENOSPC, 'a.png')
    with pytest.raises(KeyError) as error:
        run(monkeypatch, workers.broken)
    assert 'line 7 of the worker' in str(error.value.__cause__)
