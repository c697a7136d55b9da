"""tools/export.py from the command line."""

from __future__ import annotations

import pytest

from mmdatasetdm.generation import generate, load_recipe
from tools.export import main

RECIPE = 'configs/generate/toyroom_all.py'


@pytest.fixture(scope='module')
def generated(tmp_path_factory):
    out = tmp_path_factory.mktemp('generated') / 'out'
    generate(load_recipe(RECIPE, options={'sampler.steps': 2, 'filters': [], 'shard_size': 2}), out, num=3)
    return out


def test_a_layout_with_options(generated, tmp_path, capsys):
    out = tmp_path / 'coco'
    options = ['--set', 'image_format=jpg', 'quality=80']
    assert main([str(generated), '--to', 'coco', '--out', str(out), '--num', '2', *options]) == 0
    assert f'2 of 2 samples are listed for training; {out}/dataset.json' in capsys.readouterr().out
    assert sorted(path.name for path in (out / 'train2017').iterdir()) == ['000000000001.jpg', '000000000002.jpg']


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['--to', 'yolov'], "writer.type is 'yolov'; did you mean 'yolo'?"),
        (['--to', 'cityscapes'], "are not Cityscapes's; say with writer.names which are meant"),
        (['--to', 'coco', '--num', '0'], '--num is 0; it must be 1 or more'),
        (['--to', 'coco', '--set', 'quality=0'], 'writer.quality is 0; it must be 1 or more'),
    ],
)
def test_mistakes_are_one_line(generated, tmp_path, capsys, arguments, words):
    assert main([str(generated), '--out', str(tmp_path / 'out'), *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said and said.count('\n') == 1 and not (tmp_path / 'out').exists()


def test_no_data_set(tmp_path, capsys):
    assert main([str(tmp_path / 'nothing'), '--to', 'coco', '--out', str(tmp_path / 'out')]) == 2
    assert 'has no dataset.json: it is not a generated data set' in capsys.readouterr().err
