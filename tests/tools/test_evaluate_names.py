"""The table of what a decoder finds when it is told all, half or nothing of what an image shows."""

import re
import sys

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmdatasetdm.engine import launch
from mmdatasetdm.registry import MODELS
from tools import evaluate_names as tool

CONFIG = 'configs/datasetdm/datasetdm_toyroom_semantic-phrase-20shot_1xb8-300iters_toyroom-128x128.py'


def run(monkeypatch, *arguments) -> int:
    monkeypatch.setattr(sys, 'argv', ['evaluate_names.py', *map(str, arguments)])
    return launch.run_tool(tool.main)


def test_table(toy_generator_folder, tmp_path, monkeypatch, capsys):
    options = {'model.backbone.generator': str(toy_generator_folder), 'model.backbone.cache': None}
    names = {'model.backbone.class_phrases': ['sofa', 'lamp']}
    head = {'model.decode_head.phrase_classes': [4, 6]}
    config = Config.fromfile(CONFIG)
    config.merge_from_dict({**options, **names, **head})
    init_default_scope('mmseg')
    torch.manual_seed(0)
    work = tmp_path / 'work'
    work.mkdir()
    torch.save(dict(state_dict=MODELS.build(config.model).state_dict()), work / 'iter_3.pth')
    given = [f'{key}={value}'.replace("'", '').replace(' ', '') for key, value in {**options, **names, **head}.items()]
    given.append('val_dataloader.dataset.indices=3')
    out = ['--work-dir', tmp_path / 'out', '--cfg-options', *given]
    assert run(monkeypatch, CONFIG, work, '--texts', 'told', 'half', *out) == 0
    printed = capsys.readouterr().out
    assert f'{work}/iter_3.pth, images: val' in printed and '|  | told | half |' in printed
    assert re.search(r'\| mIoU \| [\d.]+ \| [\d.]+ \|', printed)
    assert re.search(r'\| unnamed_right \|  \| [\d.]+ \|', printed), 'all that is there was named'


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        ((CONFIG, 'nothing.pth'), 'nothing.pth'),
        (
            ('configs/datasetdm/datasetdm_toyroom_semantic-100shot_1xb4-500iters_camvid-256x256.py', 'CHECKPOINT'),
            'the decoder reads one text for all images',
        ),
        ((CONFIG, 'EMPTY'), 'holds no checkpoint of a training'),
    ],
)
def test_mistakes(arguments, words, tmp_path, monkeypatch, capsys):
    torch.save(dict(state_dict={}), tmp_path / 'x.pth')
    (tmp_path / 'empty').mkdir()
    places = dict(CHECKPOINT=tmp_path / 'x.pth', EMPTY=tmp_path / 'empty')
    given = [places.get(argument, argument) for argument in arguments]
    assert run(monkeypatch, *given, '--work-dir', tmp_path / 'out') == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith('error: ')]
    assert words in line
