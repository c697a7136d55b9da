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


def test_the_published_generators(monkeypatch, capsys):
    _, table = run(monkeypatch, capsys, 'generators', '--names', 'stable-diffusion-1.5', 'if-i-m')
    cells = [[cell.strip() for cell in row if cell.strip()] for row in table[2:]]
    assert cells == [
        ['stable-diffusion-1.5', '512', '0.860 B', '1.7 GB', '0.80 TFLOP', '2560, 4800, 8320, 8960'],
        ['if-i-m', '64', '0.372 B', '0.7 GB', '0.23 TFLOP', '1920, 3456, 5184, 6720'],
    ]


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
