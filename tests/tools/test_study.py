"""tools/study.py: real trainings of a stock model for an iteration or two, resumed, and a person's mistakes."""

import json
import os
from pathlib import Path

import pytest

from mmdatasetdm.study import TASKS, Study
from mmdatasetdm.toyroom.paths import TOYROOM_DATA
from mmdatasetdm.utils.schema import SCHEMA_VERSION
from tools import study as tool

needs_data = pytest.mark.skipif(not TOYROOM_DATA.is_dir(), reason=f'{TOYROOM_DATA} is not there')


def generated_folder(root: Path, count: int = 4) -> None:
    """What tools/generate.py leaves, made of labelled images."""
    names = (TOYROOM_DATA / 'ImageSets/Segmentation/train_20.txt').read_text().split()[:count]
    for folder, suffix in (('JPEGImages', '.jpg'), ('SegmentationClass', '.png')):
        (root / folder).mkdir(parents=True)
        for name in names:
            (root / folder / (name + suffix)).symlink_to(TOYROOM_DATA / folder / (name + suffix))
    (root / 'ImageSets/Segmentation').mkdir(parents=True)
    (root / 'ImageSets/Segmentation/train.txt').write_text('\n'.join(names) + '\n')
    classes = (TOYROOM_DATA / 'classes.txt').read_text().split()
    (root / 'dataset.json').write_text(json.dumps(dict(schema_version=SCHEMA_VERSION, classes=classes)))


@needs_data
def test_trains_and_resumes(tmp_path, capsys):
    out = tmp_path / 'study'
    plan = Study(out=out, repository=tool.REPOSITORY)
    plan.decoder(20, 0).mkdir(parents=True)
    (plan.decoder(20, 0) / 'decoder.json').write_text('{}')
    generated_folder(plan.synthetic(20, 0))
    arguments = [
        '--out',
        str(out),
        '--labels',
        '20',
        '--seeds',
        '0',
        '--settings',
        'real+synthetic',
        '--iterations',
        '2',
        '--jobs',
        '1',
    ]

    assert tool.main(arguments) == 0
    printed = capsys.readouterr().out
    assert (
        '2 of 3 steps are done already' in printed
        and 'deeplabv3plus, real+synthetic, 20 labels, seed 0 starts' in printed
    )
    results = json.loads((out / 'results.json').read_text())
    (run,) = results['runs']
    assert (run['model'], run['setting'], run['labels'], run['seed']) == ('deeplabv3plus', 'real+synthetic', 20, 0)
    score = run['scores']['mIoU']
    assert 0 <= score <= 100 and len(run['classes']) == 13
    assert results['summary'][0]['scores'] == dict(mIoU=dict(mean=score, spread=None))
    assert f'| deeplabv3plus | 20 | mIoU | {score:.1f} |' in (out / 'table.md').read_text()

    assert tool.main(arguments) == 0
    printed = capsys.readouterr().out
    assert '3 of 3 steps are done already' in printed and 'starts' not in printed


@needs_data
# not depth: DepthFormer takes half a minute for the test images; its metric's names are looked up in tests/study
@pytest.mark.parametrize(('task', 'styles'), [('instance', []), ('pose', ['street']), ('openvocab', [])])
def test_trains_each_task(tmp_path, task, styles):
    out = tmp_path / 'study'
    assert (
        tool.main(
            [
                '--task',
                task,
                '--out',
                str(out),
                '--labels',
                '50',
                '--seeds',
                '0',
                '--settings',
                'real',
                '--iterations',
                '1',
                '--jobs',
                str(os.cpu_count()),
                *(['--also-test', *styles] if styles else []),
            ]
        )
        == 0
    )
    (run,) = json.loads((out / 'results.json').read_text())['runs']
    names = [metric.name for metric in TASKS[task].metrics]
    assert list(run['scores']) == [*names, *(f'{name}, {style}' for style in styles for name in names)]
    assert all(value >= 0 for value in run['scores'].values())
    assert all(f'| {name}' in (out / 'table.md').read_text() for name in run['scores'])


def test_a_failed_step_is_one_line(tmp_path, capsys):
    out = tmp_path / 'study'
    plan = Study(out=out, repository=tool.REPOSITORY)
    for path in (plan.decoder(20, 0) / 'decoder.json', plan.synthetic(20, 0) / 'dataset.json'):
        path.parent.mkdir(parents=True)
        path.write_text('{}')
    assert (
        tool.main(
            [
                '--out',
                str(out),
                '--labels',
                '20',
                '--seeds',
                '0',
                '--settings',
                'synthetic',
                '--iterations',
                '2',
                '--jobs',
                '1',
            ]
        )
        == 2
    )
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith('error: deeplabv3plus, synthetic, 20 labels, seed 0 failed (')
    assert 'has no ImageSets/Segmentation/train.txt: generate it again' in line and '.log' in line


def test_mistakes_are_one_line(tmp_path, capsys):
    assert tool.main(['--out', str(tmp_path), '--labels', '7']) == 2
    assert capsys.readouterr().err.startswith('error: there is no number of labelled images 7; known are 10, 20')
    assert tool.main(['--out', str(tmp_path), '--table']) == 2
    assert capsys.readouterr().err == f'error: {tmp_path} has no finished run\n'
