"""kill -9 at random moments while a data set is made: what a reader sees is whole at each, and so is the end."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate
from mmdatasetdm.generation.recipe import Recipe
from mmdatasetdm.generation.storage.shards import ShardStore, check_file, missing_files
from mmdatasetdm.generation.storage.verify import verify
from mmdatasetdm.utils.checksum import sha256_file
from mmdatasetdm.utils.io import below

LONGEST = 3.0  # seconds from the beginning of a run, or from a sign of its work, to a kill
PATIENCE = 300.0  # seconds without a sign of work


@dataclass(frozen=True)
class Soaked:
    """What happened.

    Attributes:
        parents, workers: how many processes of each kind were killed.
        looks: how many times all finished shards were read and compared with their checksums.
        finished_early: runs that ended before they were killed.
        faults: what was wrong; nothing: all is well.
    """

    parents: int
    workers: int
    looks: int
    finished_early: int
    faults: list[str]


def soak(
    recipe: Recipe,
    out: Path,
    *,
    num: int,
    kills: int,
    workers: int = 1,
    seed: int = 0,
    log: Callable[[str], None] = print,
) -> Soaked:
    """Make ``num`` samples in ``out/soaked`` with ``kills`` kills, and in ``out/plain`` without, and compare them.

    Every run is a process forked from this one, which has the libraries, on the CPU with one thread.

    Raises:
        UserError: a folder is not new, or the system has no ``/proc``.
    """
    if not Path('/proc/self/task').is_dir():
        raise UserError('soak needs Linux: it looks for the workers of a run in /proc')
    folder, plain = out / 'soaked', out / 'plain'
    for path in (folder, plain):
        if path.exists():
            raise UserError(f'--out {out}: {path.name} is there already; give a new folder')
    os.environ['OMP_NUM_THREADS'] = '1'
    moments = random.Random(seed)
    killed = dict(parent=0, worker=0)
    faults: list[str] = []
    looks = early = 0
    child = 0
    while sum(killed.values()) < kills:
        if not child:
            child = _start(recipe, folder, num, workers)
        if moments.random() < 0.75:  # else most would fall into the start, which may take longer than LONGEST
            _await_work(folder, child)
        time.sleep(moments.uniform(0, LONGEST))
        if os.waitpid(child, os.WNOHANG)[0]:  # it was quicker
            child, early = 0, early + 1
            if (folder / 'dataset.json').exists():
                num += max(1, num // 4)
            continue
        there = _children(child)
        victim = moments.choice(['parent', 'worker']) if there else 'parent'
        try:
            os.kill(child if victim == 'parent' else moments.choice(there), signal.SIGKILL)
        except ProcessLookupError:
            continue
        killed[victim] += 1
        if victim == 'parent':
            os.waitpid(child, 0)
            child = 0
        faults += faults_of(folder)
        looks += 1
        if sum(killed.values()) % 10 == 0:
            shards = len(list(folder.glob('shards/[0-9]*.json')))
            log(f'{sum(killed.values())} kills, {shards} shards, {len(faults)} faults')
    if child:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    for path in (folder, plain):
        _, status = os.waitpid(_start(recipe, path, num, 1), 0)
        if os.waitstatus_to_exitcode(status):
            faults.append(f'{path.name}: the last run ended with {os.waitstatus_to_exitcode(status)}')
    faults += [f'at the end: {fault}' for fault in verify(folder)]
    faults += [f'not as without kills: {name}' for name in sorted(different(folder, plain))]
    return Soaked(killed['parent'], killed['worker'], looks, early, faults)


def faults_of(folder: Path) -> Iterator[str]:
    """What is wrong with the finished shards that a reader sees now; a run may be going on."""
    store = ShardStore(folder)
    for marker in folder.glob('shards/[0-9]*.json'):
        try:
            done = store.read(int(marker.stem))
            for relative, known in done.files.items():
                check_file(below(folder, relative), known, name=Path(relative))
        except FileNotFoundError as error:
            if marker.exists():  # a shard that grows loses its marker first
                yield f'{marker.name}: {error.filename} is missing'
            continue
        except UserError as error:
            yield f'{marker.name}: {error}'
            continue
        yield from (f'{marker.name}: {missing}' for missing in missing_files(done))


def different(one: Path, other: Path) -> set[str]:
    """The files of two data sets that differ, but for what tells times: shard markers and dataset.json."""
    digests = [
        {
            str(path.relative_to(root)): sha256_file(path)
            for path in root.rglob('*')
            if path.is_file() and path.parent.name != 'shards' and path.name not in ('dataset.json', '.lock')
        }
        for root in (one, other)
    ]
    return {name for name in digests[0].keys() | digests[1].keys() if digests[0].get(name) != digests[1].get(name)}


def _start(recipe: Recipe, out: Path, num: int, workers: int) -> int:
    """Fork a process that makes the data set; -> its id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        torch.set_num_threads(1)  # threads of OpenMP do not survive a fork
        with open(os.devnull, 'w') as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        generate(recipe, out, num=num, device='cpu', workers=workers, log=lambda _: None)
        status = 0
    finally:
        os._exit(status)


def _await_work(folder: Path, child: int) -> None:
    """Wait until the run has done something in its folder that it had not done before, or has ended."""
    seen, end = _signs(folder), time.monotonic() + PATIENCE
    while _signs(folder) == seen and _lives(child) and time.monotonic() < end:
        time.sleep(0.02)


def _signs(folder: Path) -> tuple[int, int]:
    """What changes while shards are made: how many are done, and how many files wait for that."""
    return len(list(folder.glob('shards/[0-9]*.json'))), len(list(folder.glob('shards/tmp-*/*/*')))


def _lives(child: int) -> bool:
    """Whether a process runs; one that has ended is not waited for here."""
    try:
        return Path(f'/proc/{child}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except OSError:
        return False


def _children(pid: int) -> list[int]:
    """The workers of a run."""
    try:
        children = Path(f'/proc/{pid}/task/{pid}/children').read_text().split()
        return [int(one) for one in children if b'spawn_main' in Path(f'/proc/{one}/cmdline').read_bytes()]
    except OSError:
        return []
