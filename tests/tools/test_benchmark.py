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
    try:
        status = benchmark.main()
    except SystemExit as stopped:  # by argparse
        status = stopped.code
    assert status == 2
    assert message in capsys.readouterr().err


def test_labels_against_none_and_the_research_code(recipe_file, monkeypatch, capsys):
    facts, table = run(
        monkeypatch,
        capsys,
        'compare',
        '--recipe',
        recipe_file,
        '--device',
        'cpu',
        '--num',
        2,
        '--naive-num',
        1,
        '--repeats',
        1,
        '--with',
        'naive',
    )
    assert 'median of 1' in facts
    names = [row[0].strip() for row in table[2:5]]
    assert names == ['labelled', 'diffusers, no labels', 'research code']
    assert [cell.strip() for cell in table[2] if cell.strip()][3] == '1.00x', 'against itself'
    stages = [''.join(row).strip().partition(':')[0] for row in table[5:]]
    assert stages == ['sample', 'annotate', 'write']


def test_kills_at_random_moments(recipe_file, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr('mmdatasetdm.benchmark.soak.LONGEST', 0.6)
    _, table = run(
        monkeypatch,
        capsys,
        'soak',
        '--recipe',
        recipe_file,
        '--kills',
        3,
        '--workers',
        1,
        '--num',
        40,
        '--out',
        tmp_path,
    )
    assert [cell.strip() for cell in table[2] if cell.strip()] == ['1', '3', '0', '3', '0']
    assert (tmp_path / '1_workers/soaked/dataset.json').is_file()


def test_options_of_a_sampler(recipe_file, monkeypatch, capsys):
    change = ['--change', 'sampler.dtype=bfloat16', 'sampler.steps=1']
    _, table = run(monkeypatch, capsys, 'samplers', '--recipe', recipe_file, '--num', 2, '--device', 'cpu', *change)
    assert [row[0] for row in table[2:]] == ['as it is', 'sampler.dtype=bfloat16 sampler.steps=1']
    last = [[cell for cell in row if cell.strip()][-1].strip() for row in table[2:]]
    assert last[0] == '0.00' != last[1]
