"""The tools inside of mmseg, mmdet and mmpose, and ours, run once each on small configs with random weights."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.toyroom.paths import TOYROOM_DATA
from tests.openmmlab.conftest import ROOT, config_file

SEMANTIC = 'datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128'
DEPTH = 'datasetdm/datasetdm_toyroom_depth-50shot_1xb8-500iters_toyroom-128x128'
OBJECTS = 'datasetdm/datasetdm_toyroom_instance-50shot_1xb8-900iters_toyroom-128x128'
JOINTS = 'datasetdm/datasetdm_toyroom_pose-50shot_1xb8-1500iters_toyroom-128x128'
TWO = '{part}_dataloader.dataset.indices=2'


def few(part: str) -> tuple[str, str]:
    return '--cfg-options', TWO.format(part=part)


@pytest.fixture
def two_depth_maps(tmp_path) -> Path:
    names = (TOYROOM_DATA / 'ImageSets/Segmentation/test.txt').read_text().split()[:2]
    path = tmp_path / 'two.txt'
    path.write_text('\n'.join(names) + '\n')
    return path


def pngs(folder: str) -> list[Path]:
    return sorted(Path(folder).rglob('*.png'))


@pytest.mark.parametrize('tool', ['tools/test.py', 'mmseg::test.py'])
def test_semantic(run, checkpoint_of, tool):
    run(
        tool,
        config_file(SEMANTIC),
        checkpoint_of(SEMANTIC),
        '--out',
        'out',
        '--show-dir',
        'show',
        '--tta',
        *few('test'),
    )
    masks = [np.asarray(Image.open(path)) for path in pngs('out')]
    assert [mask.shape for mask in masks] == [(128, 128)] * 2 and np.stack(masks).max() < 13
    assert len(pngs('show')) == 2
    if tool.startswith('mmseg'):
        run('mmseg::analysis_tools/confusion_matrix.py', config_file(SEMANTIC), 'out', 'matrix', *few('test'))
        assert Path('matrix/confusion_matrix.png').is_file()


def test_what_reads_a_semantic_config(run, capsys):
    for number, tool in enumerate(('analysis_tools', 'misc')):
        shown = ('--output-dir', f'browse{number}', '--not-show')
        run(f'mmseg::{tool}/browse_dataset.py', config_file(SEMANTIC), *shown, *few('train'))
        assert len([path for path in Path(f'browse{number}').rglob('*.*') if path.suffix in ('.jpg', '.png')]) == 2
    run('mmseg::analysis_tools/get_flops.py', config_file(SEMANTIC), '--shape', '100', '140')
    assert 'Flops: ' in capsys.readouterr().out


def test_depth(run, checkpoint_of, two_depth_maps):
    options = ('--cfg-options', f'test_dataloader.dataset.listed={two_depth_maps}')
    run(
        'tools/test.py',
        config_file(DEPTH),
        checkpoint_of(DEPTH),
        '--out',
        'out',
        '--show-dir',
        'show',
        '--tta',
        *options,
    )
    depth = [np.asarray(Image.open(path)) for path in pngs('out')]
    assert [one.shape for one in depth] == [(128, 128)] * 2
    assert np.stack(depth).min() > 0 and np.stack(depth).max() <= 20000  # millimetres of at most 20 m
    assert len(pngs('show')) == 2
    options = ('--cfg-options', f'train_dataloader.dataset.listed={two_depth_maps}')
    shown = ('--output-dir', 'browse', '--not-show')
    run('mmseg::misc/browse_dataset.py', config_file(DEPTH), *shown, *options)
    run('mmseg::analysis_tools/get_flops.py', config_file(DEPTH), '--shape', '128', '128')


@pytest.mark.parametrize('tool', ['tools/test.py', 'mmdet::test.py'])
def test_instances(run, checkpoint_of, tool, capsys):
    arguments = ('--out', 'out.pkl', '--show-dir', str(Path('show').resolve()), '--tta')
    run(tool, config_file(OBJECTS), checkpoint_of(OBJECTS), *arguments, *few('test'))
    with open('out.pkl', 'rb') as file:
        results = pickle.load(file)
    assert len(results) == 2 and 0 < len(results[0]['pred_instances']['masks']) <= 20
    assert len([*Path().rglob('show/*.jpg')]) == 2
    if tool.startswith('mmdet'):
        run('mmdet::analysis_tools/confusion_matrix.py', config_file(OBJECTS), 'out.pkl', 'matrix', *few('test'))
        assert Path('matrix/confusion_matrix.png').is_file()
        shown = ('--output-dir', 'browse', '--not-show')
        run('mmdet::analysis_tools/browse_dataset.py', config_file(OBJECTS), *shown, *few('train'))
        assert len([*Path('browse').iterdir()]) == 2
        run('mmdet::analysis_tools/get_flops.py', config_file(OBJECTS), '--num-images', '1')
        assert 'Flops: ' in capsys.readouterr().out


@pytest.mark.parametrize('tool', ['tools/test.py', 'mmpose::test.py'])
def test_keypoints(run, checkpoint_of, tool, capsys):
    pytest.importorskip('mmpose', reason='mmpose is not installed')
    ours = tool.startswith('tools')
    arguments = ('--out', 'out.pkl', '--tta') if ours else ('--out', 'out.json', '--dump', 'out.pkl')
    run(tool, config_file(JOINTS), checkpoint_of(JOINTS), *arguments, '--show-dir', 'show', *few('test'))
    with open('out.pkl', 'rb') as file:
        assert len(pickle.load(file)) == 2
    assert len([*Path().rglob('show/*')]) == 2  # mmpose: below the work folder
    if ours:
        return
    assert 'coco/AP' in json.loads(Path('out.json').read_text())
    for mode in ('original', 'transformed'):
        shown = ('--output-dir', mode, '--not-show', '--mode', mode, '--max-item-per-dataset', '2')
        run('mmpose::misc/browse_dataset.py', config_file(JOINTS), *shown)
        assert len([*Path(mode).iterdir()]) == 2
    run('mmpose::analysis_tools/get_flops.py', config_file(JOINTS), '--input-shape', '128', '128')
    assert 'Flops: ' in capsys.readouterr().out


def test_a_stock_tool_that_knows_nothing_of_us_runs_by_our_name(tmp_path):
    # mmdet's test.py imports mmcv's operators before it reads a config
    command = [sys.executable, '-m', 'mmdatasetdm', 'mmdet::test.py', '--help']
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, 'PYTHONPATH': str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert '--show-dir' in done.stdout
