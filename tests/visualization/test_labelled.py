"""The page about labelled images shows them with the labels of their config."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import DefaultScope
from PIL import Image

from mmdatasetdm.visualization.labelled import LabelledImages
from tools.report import main

CONFIGS = 'configs/datasetdm/datasetdm_toyroom_'


@pytest.fixture(autouse=True)
def scope():
    yield
    DefaultScope._instance_dict.clear()


def rows_of(out: Path) -> list[list]:
    texts = [path.read_text() for path in sorted((out / 'samples').glob('*.js'))]
    return [row for text in texts for row in json.loads(json.loads(re.match(r'addSamples\((.*)\);', text)[1]))['rows']]


@pytest.mark.parametrize(
    ('config', 'layer'),
    [
        ('semantic-20shot_1xb8-500iters_toyroom-128x128', 'masks'),
        ('instance-pixel-20shot_1xb8-300iters_toyroom-128x128', 'instances'),
        ('depth-50shot_1xb8-500iters_toyroom-128x128', 'depth'),
        ('pose-50shot_1xb8-1500iters_toyroom-128x128', 'keypoints'),
    ],
)
def test_every_kind_of_label(config, layer, tmp_path, capsys):
    out = tmp_path / 'page'
    assert main(['--dataset', f'{CONFIGS}{config}.py', '--out', str(out), '--samples', '6']) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(out / 'index.html')
    rows = rows_of(out)
    train = [row for row in rows if row[1].startswith('train: ')]
    assert train and {row[1].split(':')[0] for row in rows} == {'train', 'val'}
    assert all((out / row[2]).is_file() for row in rows), 'images are shown where they are'
    assert rows[0][3] == [layer] and sum(bool(row[3]) for row in rows) in range(4, 7)
    text = (out / 'index.html').read_text()
    assert 'training images' in text and 'prompted in' not in text and 'How it was made' not in text


def test_masks_have_the_colours_of_the_data_set(tmp_path):
    config = Path(f'{CONFIGS}semantic-20shot_1xb8-500iters_toyroom-128x128.py')
    assert main(['--dataset', str(config), '--out', str(tmp_path / 'page'), '--samples', '1']) == 0
    labels = LabelledImages(config)
    mask = labels.labels(0)[0].semantic
    drawn = np.asarray(Image.open(tmp_path / 'page/img/00000000_masks.png'))
    shown = np.unique(mask[(mask > 0) & (mask < 255)])
    assert len(shown)
    for index in shown:
        assert (drawn[mask == index, :3] == labels.palette[index]).all()


@pytest.mark.parametrize(
    ('argv', 'words'),
    [
        ([], 'name the folder of a generated data set, or --dataset CONFIG'),
        (['--dataset', 'nothing.py'], 'nothing.py: there is no such config'),
        (['--dataset', 'configs/generate/voc.py'], 'name no labelled images'),
        (['--dataset', 'x.py', '--show', '1'], 'leave out --show'),
    ],
)
def test_mistakes(argv, words, capsys):
    assert main(argv) == 2
    error = capsys.readouterr().err
    assert words in error and error.count('\n') == 1
