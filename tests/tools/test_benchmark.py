"""The tables of tools/benchmark.py; how long things take is not tested."""

import sys

import pytest

from tools import benchmark


def run(monkeypatch, capsys, *args):
    monkeypatch.setattr(sys, 'argv', ['benchmark.py', *map(str, args)])
    benchmark.main()
    facts, table = capsys.readouterr().out.split('\n\n')
    return facts, [line.split('  ') for line in table.splitlines()]


@pytest.mark.parametrize(
    'command, args, lines',
    [
        ('annotate', ['--batch', 1, 2], ['fused pass', 'pass with capture', 'fused pass', 'pass with capture']),
        ('sample', ['--batch', 2, '--steps', 1, 2], ['sample, 1 steps', 'sample, 2 steps', 'decode', 'annotate']),
        ('features', ['--batch', 2], ['encode image', 'annotate latent']),
    ],
)
def test_tables(toy_generator_folder, monkeypatch, capsys, command, args, lines):
    facts, table = run(
        monkeypatch, capsys, command, '--generator', toy_generator_folder, '--device', 'cpu', '--repeats', 1, *args
    )
    assert 'torch threads' in facts and str(toy_generator_folder) in facts
    assert [[cell.strip() for cell in row if cell][1] for row in table[2:]] == lines


@pytest.mark.parametrize(
    'args, message',
    [
        (['annotate', '--generator', './nowhere'], "error: there is no generator folder './nowhere'"),
        (['annotate', '--repeats', '0'], "argument --repeats: '0' is not a positive whole number"),
    ],
)
def test_mistakes(monkeypatch, capsys, args, message):
    monkeypatch.setattr(sys, 'argv', ['benchmark.py', *args])
    with pytest.raises(SystemExit) as exit_status:
        benchmark.main()
    assert exit_status.value.code == 2
    assert message in capsys.readouterr().err
