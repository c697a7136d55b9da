"""``--cfg-options``, and errors of other libraries in one line."""

import argparse

import pytest

from mmdatasetdm.utils.options import Options, one_line, similar_files


def test_options_are_keys_and_values(capsys):
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=Options)
    given = parser.parse_args(['--cfg-options', 'sampler.steps=7', 'classes=[a,b]'])
    assert given.cfg_options == {'sampler.steps': 7, 'classes': ['a', 'b']}
    with pytest.raises(SystemExit):
        parser.parse_args(['--cfg-options', 'sampler.steps'])
    assert "'sampler.steps' is not of the form KEY=VALUE" in capsys.readouterr().err


def test_an_error_in_one_line():
    assert one_line(KeyError('no\n  such key')) == 'no such key'
    worker = RuntimeError('Caught in worker 0.\nTraceback (most recent call last):\n  File "x"\nOSError: disk full')
    assert one_line(worker) == 'disk full'


def test_similar_files(tmp_path):
    (tmp_path / 'voc_100shot.py').touch()
    assert similar_files(tmp_path / 'voc_100shots.py') == f'; did you mean {tmp_path}/voc_100shot.py?'
    assert similar_files(tmp_path / 'nothing_like_it.json') == similar_files(tmp_path / 'gone/x.py') == ''
