"""What goes wrong while a data set is made: full disks, second processes, and a person's mistakes, each in one line."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate
from mmdatasetdm.generation.storage import shards
from mmdatasetdm.generation.storage.identity import bind
from mmdatasetdm.generation.storage.lock import folder_lock
from mmdatasetdm.utils import io
from tests.generation.conftest import contents, write_decoder

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize('code', [errno.ENOSPC, errno.EDQUOT])
def test_full_disk(tmp_path, make_recipe, monkeypatch, whole, code):
    out, real = tmp_path / 'out', shards.write_bytes

    def full(path, data):
        if path.name == '00000006.png':
            raise OSError(code, os.strerror(code), str(path))
        real(path, data)

    monkeypatch.setattr(shards, 'write_bytes', full)
    monkeypatch.setattr(io, 'write_bytes', full)
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
    # Python keeps compiled modules that the limit cut off, and every later process would stumble over them
    env = dict(os.environ, PYTHONPATH=str(ROOT), PYTHONDONTWRITEBYTECODE='1')
    run = subprocess.run(['bash', '-c', command], env=env, capture_output=True, text=True)
    assert run.returncode == 2
    assert 'error: no space left on the disk of' in run.stderr and 'Traceback' not in run.stderr


def test_second_process(tmp_path, make_recipe):
    out = tmp_path / 'out'
    out.mkdir()
    with folder_lock(out), pytest.raises(UserError, match=f'is being written by another process .pid {os.getpid()}'):
        generate(make_recipe(), out, num=4)


def test_a_lock_that_is_a_link_is_not_written_through(tmp_path, make_recipe):
    out, mine = tmp_path / 'out', tmp_path / 'thesis.tex'
    out.mkdir()
    mine.write_text('years of work')
    (out / '.lock').symlink_to(mine)
    with pytest.raises(UserError, match=r'\.lock is a link; it is not of this tool'):
        generate(make_recipe(), out, num=4)
    assert mine.read_text() == 'years of work'
    (out / '.lock').unlink()
    (out / '.lock').write_text('years of work')
    with pytest.raises(UserError, match=r'\.lock is not of this tool'):
        generate(make_recipe(), out, num=4)
    assert (out / '.lock').read_text() == 'years of work'


@pytest.mark.parametrize('content', ['{"flour": 500, "eggs": 3}', '{"identity": {}}', 'eggs', ''])
def test_a_recipe_of_another_kind_is_not_overwritten(tmp_path, make_recipe, content):
    out = tmp_path / 'cooking'
    out.mkdir()
    (out / 'recipe.json').write_text(content)
    with pytest.raises(UserError, match=r'recipe\.json.* of another tool; give another --out'):
        generate(make_recipe(), out, num=4)
    assert (out / 'recipe.json').read_text() == content and len(list(out.iterdir())) == 1


def test_killed_before_the_recipe_was_named(tmp_path, make_recipe, whole):
    """What a kill between writing recipe.json.tmp and renaming it leaves."""
    out = tmp_path / 'out'
    out.mkdir()
    (out / '.lock').write_text('123')
    (out / 'recipe.json.tmp').write_text('{"schema_version": 2, "fing')
    generate(make_recipe(), out, num=10)
    assert contents(out) == contents(whole)


def test_killed_when_the_recipe_is_written(tmp_path, make_recipe, whole):
    """The same by a real kill, between the file and its name."""
    out = tmp_path / 'out'
    out.mkdir()
    child = os.fork()
    if not child:
        try:
            shards.os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
            with folder_lock(out):
                bind(out, dict(seed=3), begun=False)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert {path.name for path in out.iterdir()} == {'.lock', 'recipe.json.tmp'}
    generate(make_recipe(), out, num=10)
    assert contents(out) == contents(whole)


@pytest.mark.parametrize('damage', [b'', b'{"first": 0', b'[]', b'{"first": "0"}', b'\xff\0'])
def test_a_damaged_marker_is_a_shard_that_is_made_again(tmp_path, make_recipe, whole, damage):
    out = tmp_path / 'out'
    shutil.copytree(whole, out)
    (out / 'shards/00001.json').write_bytes(damage)
    generate(make_recipe(), out, num=10)
    assert contents(out) == contents(whole)


@pytest.mark.parametrize('code', [errno.EIO, errno.EROFS, errno.ESTALE])
def test_a_disk_that_fails(tmp_path, make_recipe, monkeypatch, code):
    out, real = tmp_path / 'out', shards.write_bytes

    def failing(path, data):
        if path.name == '00000006.png':
            raise OSError(code, os.strerror(code), str(path))
        real(path, data)

    monkeypatch.setattr(shards, 'write_bytes', failing)
    monkeypatch.setattr(io, 'write_bytes', failing)
    with pytest.raises(UserError, match=f'00000006.png: {os.strerror(code)}; finished shards are kept') as error:
        generate(make_recipe(), out, num=10)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('place', ['/proc/nowhere/out', '/dev/null/out', '/dev/null', '{file}/out', '{long}', '{gone}'])
def test_impossible_places(tmp_path, make_recipe, place):
    (tmp_path / 'file').write_text('x')
    (tmp_path / 'gone').symlink_to(tmp_path / 'away')
    out = place.format(file=tmp_path / 'file', long='n' * 300, gone=tmp_path / 'gone')
    with pytest.raises(UserError) as error:
        generate(make_recipe(), out, num=2)
    assert out in str(error.value) and '\n' not in str(error.value)


@pytest.mark.parametrize('device', ['gpu', 'cuda:77', 'CPU', 'meta', ''])
def test_devices_that_are_none(tmp_path, make_recipe, device):
    with pytest.raises(UserError, match=f"device '{device}' cannot be used: .*; give cpu, cuda") as error:
        generate(make_recipe(), tmp_path / 'out', num=2, device=device)
    assert '\n' not in str(error.value) and not (tmp_path / 'out').exists()


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
    config, checkpoint = write_decoder(tmp_path / 'names', toy_generator_folder, classes=('background', 'a\nb'))
    files = {'decoders.semantic.config': str(config), 'decoders.semantic.checkpoint': str(checkpoint)}
    with pytest.raises(UserError, match=r"its class 'a\\nb' is no name"):
        generate(make_recipe(files), tmp_path / 'out', num=2)
    other = tmp_path / 'other'
    generator = DiffusionModel.load(toy_generator_folder)
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
