"""tools/slurm_generate.sh under the environment that Slurm gives to the tasks of an array."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / 'tools/slurm_generate.sh'


def run(folder: Path, *, task: int, first: int, last: int, count: int) -> subprocess.CompletedProcess:
    """The script with a ``python`` that prints its arguments."""
    (folder / 'python').write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (folder / 'python').chmod(0o755)
    array = dict(ID=task, MIN=first, MAX=last, COUNT=count)
    environment = {f'SLURM_ARRAY_TASK_{name}': str(value) for name, value in array.items()}
    return subprocess.run(
        ['bash', str(SCRIPT), 'recipe.py', '--out', 'a folder'],
        env={**os.environ, **environment, 'PATH': f'{folder}:{os.environ["PATH"]}'},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ('task', 'first', 'last', 'part'), [(0, 0, 31, '1/32'), (31, 0, 31, '32/32'), (7, 5, 8, '3/4'), (3, 3, 3, '1/1')]
)
def test_each_task_makes_its_part(tmp_path, task, first, last, part):
    done = run(tmp_path, task=task, first=first, last=last, count=last - first + 1)
    assert done.stdout.splitlines() == ['tools/generate.py', 'recipe.py', '--out', 'a folder', '--part', part]


def test_an_array_with_gaps(tmp_path):
    done = run(tmp_path, task=2, first=0, last=6, count=4)
    assert done.returncode == 2 and done.stderr == 'error: the array has gaps; give --array=FIRST-LAST\n'
