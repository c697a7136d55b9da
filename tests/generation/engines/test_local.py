"""Workers on this machine: whichever process ends, the others end too, the cause is told, and nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmdatasetdm.generation.storage.lock import folder_lock
from mmdatasetdm.generation.storage.shards import ShardStore

ROOT = Path(__file__).parents[3]


def workers_of(pid: int) -> list[int]:
    children = [int(child) for child in Path(f'/proc/{pid}/task/{pid}/children').read_text().split()]
    return [child for child in children if b'spawn_main' in Path(f'/proc/{child}/cmdline').read_bytes()]


def runs(pid: int) -> bool:
    try:
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except OSError:
        return False


@pytest.mark.parametrize(
    'ended, samples, status, told',
    [
        ('worker', 120, 0, 'a worker process ended with -9'),
        ('parent by Ctrl-C', 4000, 130, 'the same command goes on'),
        ('parent by a kill', 4000, -signal.SIGKILL, ''),
    ],
)
def test_the_end_of_a_process(tmp_path, recipe_file, ended, samples, status, told):
    out = tmp_path / 'out'
    command = [
        sys.executable,
        str(ROOT / 'tools/generate.py'),
        str(recipe_file),
        '--num',
        str(samples),
        '--out',
        str(out),
    ]
    process = subprocess.Popen(
        [*command, '--workers', '2', '--device', 'cpu'],
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # the tests may run where it is ignored
    )
    while not list(out.glob('shards/[0-9]*.json')):
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
    workers = workers_of(process.pid)
    assert len(workers) == 2
    if ended == 'worker':
        os.kill(workers[0], signal.SIGKILL)
    elif ended == 'parent by Ctrl-C':
        os.killpg(process.pid, signal.SIGINT)  # a terminal tells all processes
    else:
        process.kill()
    said = process.communicate(timeout=120)[0]
    assert process.returncode == status and told in said and 'Traceback' not in said, said
    deadline = time.monotonic() + 30
    while any(map(runs, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(runs, workers))
    for marker in out.glob('shards/[0-9]*.json'):
        ShardStore(out).read(int(marker.stem))  # whole
    with folder_lock(out):
        assert (out / 'dataset.json').exists() == (ended == 'worker'), 'the others make what a dead worker leaves'
