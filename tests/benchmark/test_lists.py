"""A data set repeated to any number of samples, and what its lists take."""

import json

import pytest

from mmdatasetdm.benchmark.lists import repeat_dataset, write_lists
from mmdatasetdm.errors import UserError
from tools import benchmark


def test_samples_come_again_under_further_numbers(whole, tmp_path):
    out = tmp_path / 'repeated'
    found = write_lists(whole, out, plan=repeat_dataset(whole, out, num=25))
    info = json.loads((out / 'dataset.json').read_text())
    assert (info['samples'], info['num'], found.memory > 0, found.seconds > 0) == (25, 25, True, True)
    lines = [json.loads(line) for line in (out / 'manifest.jsonl').read_text().splitlines()]
    assert [line['id'] for line in lines] == list(range(25)) and lines[21]['prompt'] == lines[1]['prompt']
    assert (out / lines[21]['files']['image']).samefile(whole / lines[1]['files']['image'])
    assert len((out / info['ann_file']).read_text().split()) == info['selected']
    assert found.size >= (out / 'manifest.jsonl').stat().st_size


def test_the_table(whole, capsys):
    assert benchmark.main(['lists', str(whole), '--num', '4', '60']) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[-2:]]
    assert [row[0] for row in rows] == ['4', '60'] and float(rows[1][3]) > float(rows[0][3])
    assert not list(whole.parent.glob('.lists-*')), 'nothing is left'


def test_what_cannot_be_repeated(tmp_path):
    with pytest.raises(UserError, match='it is not a generated data set'):
        repeat_dataset(tmp_path, tmp_path / 'out', num=2)
