"""tools/new_dataset.py from its command line."""

import json

import numpy as np
import pytest
from PIL import Image

from tests.own_dataset.conftest import person_content
from tools.new_dataset import main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ('my data/images', 'my data/masks'):
        (tmp_path / name).mkdir(parents=True)
    for index in range(3):
        Image.fromarray(np.full((8, 8, 3), index, np.uint8)).save(tmp_path / f'my data/images/{index}.png')
        Image.fromarray(np.array([[0, 1]] * 2, np.uint8).repeat(4, 0).repeat(4, 1)).save(
            tmp_path / f'my data/masks/{index}.png'
        )
    return tmp_path


def test_the_next_commands_are_said(folder, capsys):
    assert main(['my data', '--task', 'semantic', '--classes', 'background, red chair']) == 0
    said = capsys.readouterr().out
    assert (
        '2 training, 1 validation images' in said and '"red chair", 2 tokens' in said and 'built in: a try-out' in said
    )
    commands = [line for line in said.splitlines() if line.startswith('python tools/')]
    for line in ('background: background', 'in every picture: none', '--unnamed NAME,NAME', '--word NAME=WORD'):
        assert line in said
    assert commands == [
        "python tools/train.py 'my data_configs/my_data_decoder.py'",
        "python tools/generate.py 'my data_configs/my_data_recipe.py' --num 1000 --out data/synthetic/my_data",
        "python tools/train.py 'my data_configs/my_data_deeplabv3plus.py'",
    ]
    assert (folder / 'my data_configs/labels.png').is_file()


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ([], 'nothing says what they are'),
        (['--classes', 'a,b', '--word', 'a'], '--word a: write NAME=WORD'),
    ],
)
def test_mistakes_are_one_line(folder, capsys, arguments, message):
    assert main(['my data', '--task', 'semantic', *arguments]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and said[0].startswith('error: ') and message in said[0]
    assert not (folder / 'my data_configs').exists()


def test_the_stock_model_is_that_of_the_task(folder, capsys):
    content = person_content(['0.png', '1.png', '2.png'])
    for image in content['images']:
        image.update(height=8, width=8)
    for person in content['annotations']:
        person['keypoints'] = [3, 2, 2] * 5
    (folder / 'my data/persons.json').write_text(json.dumps(content))
    assert main(['my data', '--task', 'pose']) == 0
    said = capsys.readouterr().out
    assert '1 left_wrist 2 labelled, 100%' in ' '.join(said.split())
    assert said.splitlines()[-1] == "python tools/train.py 'my data_configs/my_data_simplebaseline.py'"
