"""Without the renderer every command still says what it does, and what to install."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# a module of this name that cannot be imported stands for a machine without it
WITHOUT = (
    "import sys, runpy; sys.modules['mujoco'] = None; "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)


def run(module: str, *args: str) -> subprocess.CompletedProcess:
    command = [sys.executable, '-c', WITHOUT, f'projects.toyroom.{module}', *args]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize('module', ['render', 'evaluate', 'train_generator', 'pilots', 'progress'])
def test_help_needs_no_renderer(module):
    ended = run(module, '--help')
    assert ended.returncode == 0, ended.stderr
    assert 'usage:' in ended.stdout


def test_rendering_says_what_to_install(tmp_path):
    ended = run('render', 'pool', '--out', str(tmp_path), '--num', '1')
    assert ended.returncode == 2
    assert 'error: the renderer is not installed: pip install -r requirements/toyroom.txt' in ended.stderr
    assert 'Traceback' not in ended.stderr
