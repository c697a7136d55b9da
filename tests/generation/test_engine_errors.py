"""What goes wrong while a data set is made: full disks, second processes, and a person's mistakes, each in one line."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mmdatasetdm.diffusion import Generator
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate, shards
from mmdatasetdm.generation.lock import folder_lock

from .conftest import contents

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize('code', [errno.ENOSPC, errno.EDQUOT])
def test_full_disk(tmp_path, make_recipe, monkeypatch, whole, code):
    out, real = tmp_path / 'out', shards.write_bytes

    def full(path, data):
        if path.name == '00000006.png':
            raise OSError(code, os.strerror(code), str(path))
        real(path, data)

    monkeypatch.setattr(shards, 'write_bytes', full)
    with pytest.raises(UserError, match=r'no space left on the disk of .*: 1 of 3 shards are finished and kept'):
        generate(make_recipe(), out, num=10)
    assert not list((out / 'shards').glob('tmp-*')), 'the unfinished shard gives its space back'
    monkeypatch.undo()
    generate(make_recipe(), out, num=10)
    assert contents(out) == contents(whole)


def test_file_size_limit_in_workers(tmp_path, recipe_file):
    """A real limit of the system, met by a worker process."""
    command = (
        f'ulimit -f 4; exec {sys.executable} {ROOT / "tools/generate.py"} {recipe_file} --num 10 --workers 2 '
        f'--device cpu --out {tmp_path / "out"}'
    )
    run = subprocess.run(
        ['bash', '-c', command], env=dict(os.environ, PYTHONPATH=str(ROOT)), capture_output=True, text=True
    )
    assert run.returncode == 2
    assert 'error: no space left on the disk of' in run.stderr and 'Traceback' not in run.stderr


def test_second_process(tmp_path, make_recipe):
    out = tmp_path / 'out'
    out.mkdir()
    with folder_lock(out), pytest.raises(UserError, match=f'is being written by another process .pid {os.getpid()}'):
        generate(make_recipe(), out, num=4)


def test_another_recipe(tmp_path, make_recipe):
    generate(make_recipe(), tmp_path / 'out', num=2)
    with pytest.raises(
        UserError, match=r'holds a data set of another recipe .sampler.steps 2 -> 3; seed 3 -> 4.; give another --out'
    ):
        generate(make_recipe({'sampler.steps': 3, 'seed': 4}), tmp_path / 'out', num=2)
    (tmp_path / 'slip').mkdir()
    with pytest.raises(UserError, match=r'NoSuchScheduler'):
        generate(make_recipe({'sampler.scheduler': 'NoSuchScheduler'}), tmp_path / 'slip', num=2)
    generate(make_recipe(), tmp_path / 'slip', num=2)  # nothing was made by the slip: the folder is still free
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'mine/thesis.tex').write_text('x')
    with pytest.raises(UserError, match=r'not empty and is not a data set of this tool'):
        generate(make_recipe(), tmp_path / 'mine', num=2)


def test_decoder_mistakes(tmp_path, make_recipe, toy_generator_folder):
    with pytest.raises(UserError, match=r"no class 'dragon' in the decoder; it knows background, person"):
        generate(make_recipe({'prompts.classes': ['chair', 'dragon']}), tmp_path / 'out', num=2)
    with pytest.raises(UserError, match=r"ignore.per_class: no class 'dragon' in the decoder"):
        generate(make_recipe({'decoders.semantic.ignore.per_class': dict(dragon=0.5)}), tmp_path / 'out', num=2)
    other = tmp_path / 'other'
    generator = Generator.load(toy_generator_folder)
    shutil.copytree(toy_generator_folder, other)
    config = json.loads((other / 'scheduler/scheduler_config.json').read_text())
    (other / 'scheduler/scheduler_config.json').write_text(json.dumps(dict(config, beta_end=0.02)))
    with pytest.raises(UserError, match=f'belongs to generator .*{generator.fingerprint}'):
        generate(make_recipe(dict(generator=str(other))), tmp_path / 'out', num=2)


@pytest.mark.parametrize('num', [0, -1])
def test_number(tmp_path, make_recipe, num):
    with pytest.raises(UserError, match=f'num is {num}; it must be a whole number, 1 or more'):
        generate(make_recipe(), tmp_path / 'out', num=num)
    with pytest.raises(UserError, match=r'how many samples'):
        generate(make_recipe(), tmp_path / 'out')
