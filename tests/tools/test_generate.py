"""The tools as a person calls them."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(monkeypatch, capfd):
    """Runs a tool as its own program would, in this process: libraries are imported already."""

    def run_tool(tool: str, *args: object) -> subprocess.CompletedProcess:
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, args)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(tool, run_name='__main__')
        said = capfd.readouterr()
        return subprocess.CompletedProcess(sys.argv, ended.value.code or 0, said.out, said.err)

    return run_tool


@pytest.mark.parametrize(
    'args, message',
    [
        (('--num', '0'), 'error: --num is 0; it must be 1 or more'),
        (('--num', '4'), 'error: decoder semantic: there is no checkpoint'),
        (('--cfg-options', 'sampler.step=3'), "error: recipe: sampler has no option 'step'"),
        (
            ('--cfg-options', 'prompts.classes=[unicorn]'),
            "error: recipe: prompts.classes: the ToyRoom world has no 'unicorn'",
        ),
    ],
)
def test_mistakes_are_one_line(run, tmp_path, args, message):
    recipe = tmp_path / 'recipe.py'
    recipe.write_text(
        f'_base_ = {str(ROOT / "configs/generate/toyroom_semantic.py")!r}\n'
        "decoders = dict(semantic=dict(checkpoint='nowhere/best.pth'))\n"
    )
    done = run('tools/generate.py', recipe, '--out', tmp_path / 'out', *args)
    assert done.returncode == 2
    assert done.stderr.startswith(message) and done.stderr.count('\n') == 1
    assert not (tmp_path / 'out').exists()


def test_prompts_show(run):
    done = run('tools/prompts.py', 'show', 'configs/generate/toyroom_semantic.py', '--num', 3, '--count', 240)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split('\n\n')[0].splitlines()) == 3
    assert 'television' in done.stdout and 'warning' not in done.stdout


def test_prompts_make_and_check(run, tmp_path):
    made = tmp_path / 'prompts/made.jsonl'
    done = run('tools/prompts.py', 'make', 'configs/generate/voc.py', '--num', 30, '--out', made)
    assert done.returncode == 0, done.stderr
    assert len(made.read_text().splitlines()) == 30
    llm = tmp_path / 'llm.txt'
    llm.write_text('Here you are:\n1. "A cat on a couch"\n2. two houseplants\n3. A cat on a couch\n')
    out = tmp_path / 'checked.jsonl'
    done = run('tools/prompts.py', 'check', llm, '--recipe', 'configs/generate/voc.py', '--out', out)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in out.read_text().splitlines()] == [
        dict(text='A cat on a couch', classes=['cat', 'sofa']),
        dict(text='two houseplants', classes=['pottedplant']),
    ]
    assert '2 prompts are usable, 2 are left out' in done.stdout and 'no prompt names aeroplane' in done.stdout
    llm.write_text('trees\n')
    done = run('tools/prompts.py', 'check', llm, '--classes', 'cat,dog')
    assert done.returncode == 2 and 'no line names any of the classes cat, dog' in done.stderr


def test_report_of_nothing(tmp_path):
    # in a process of its own, as a person starts it
    command = [sys.executable, 'tools/report.py', str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ, PYTHONPATH=str(ROOT)), capture_output=True, text=True)
    assert (
        done.returncode == 2
        and done.stderr == f'error: {tmp_path} has no dataset.json: it is not a generated data set\n'
    )


def test_large_images_are_refused_without_a_gpu(run, tmp_path, monkeypatch):
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    recipe = tmp_path / 'recipe.py'
    recipe.write_text(
        f'_base_ = {str(ROOT / "configs/generate/toyroom_all.py")!r}\nsampler = dict(height=512, width=640)\n'
    )
    done = run('tools/generate.py', recipe, '--out', tmp_path / 'out', '--num', 1)
    assert done.returncode == 2 and not (tmp_path / 'out').exists()
    assert done.stderr.startswith("error: PyTorch finds no GPU, and on a CPU each image of 640 pixels by 'toyroom'")
    assert 'give --device cpu' in done.stderr and done.stderr.count('\n') == 1
