"""tools/study.py: real trainings of a stock model for an iteration or two, resumed, and a person's mistakes."""

import json
import os
import shlex
from pathlib import Path

import pytest

from mmdatasetdm.study import Study, load_study_config
from mmdatasetdm.toyroom.paths import TOYROOM_DATA
from mmdatasetdm.utils.schema import SCHEMA_VERSION
from tools import study as tool

SEMANTIC = 'configs/studies/toyroom_semantic.py'
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
    (root / 'dataset.json').write_text(
        json.dumps(dict(schema_version=SCHEMA_VERSION, classes=classes, samples=4, selected=4))
    )


@needs_data
def test_trains_and_resumes(tmp_path, capsys):
    out = tmp_path / 'study'
    plan = Study(config=load_study_config(SEMANTIC), out=out, repository=tool.REPOSITORY)
    plan.decoder(20, 0).mkdir(parents=True)
    (plan.decoder(20, 0) / 'decoder.json').write_text(json.dumps(dict(scores=dict(mIoU=40.0))))
    generated_folder(plan.synthetic(20, 0))
    arguments = [
        SEMANTIC,
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
                f'configs/studies/toyroom_{task}.py',
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
    names = [metric.name for metric in load_study_config(f'configs/studies/toyroom_{task}.py').metrics]
    assert list(run['scores']) == [*names, *(f'{name}, {style}' for style in styles for name in names)]
    assert all(value >= 0 for value in run['scores'].values())
    assert all(f'| {name}' in (out / 'table.md').read_text() for name in run['scores'])


def test_a_failed_step_is_one_line(tmp_path, capsys):
    out = tmp_path / 'study'
    plan = Study(config=load_study_config(SEMANTIC), out=out, repository=tool.REPOSITORY)
    for path in (plan.decoder(20, 0) / 'decoder.json', plan.synthetic(20, 0) / 'dataset.json'):
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(dict(schema_version=SCHEMA_VERSION)))
    assert (
        tool.main(
            [
                SEMANTIC,
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
    assert tool.main([SEMANTIC, '--out', str(tmp_path), '--labels', '7']) == 2
    assert capsys.readouterr().err.startswith('error: there is no number of labelled images 7; known are 10, 20')
    assert tool.main([SEMANTIC, '--out', str(tmp_path), '--table']) == 2
    assert capsys.readouterr().err == f'error: {tmp_path} has no finished run\n'


OWN_MODEL = """
setting = {setting!r}
real = dict(type='FewShot', dataset=dict(type='Mine', data_root='data', ann_file='train.txt'))
generated = dict(type='mmdatasetdm.SyntheticDataset', root='nowhere', dataset=dict(type='Mine', ann_file='its own'))
mixed = dict(type='ConcatDataset', datasets=[real, generated])
train_dataloader = dict(
    sampler=dict(type='mmdatasetdm.RatioSampler', ratio=[1, 1]),
    dataset={{'real': real, 'synthetic': generated, 'real+synthetic': mixed}}[setting],
)
val_dataloader = dict(dataset=dict(type='Mine', ann_file='val.txt'))
train_cfg = dict(type='IterBasedTrainLoop', max_iters=70)
param_scheduler = [dict(type='PolyLR', begin=0, end=70, by_epoch=False)]
"""
OWN_STUDY = """
task = 'semantic'
metrics = [dict(key='mIoU', name='mIoU'), dict(key='aAcc', name='accuracy')]
models = dict(
    net={
        'real': '{{ fileDirname }}/real.py',
        'synthetic': '{{ fileDirname }}/synthetic.py',
        'real+synthetic': '{{ fileDirname }}/mixed.py',
    }
)
decoders = {4: '{{ fileDirname }}/decoder.py'}
recipe = '{{ fileDirname }}/recipe.py'
data_root = '{{ fileDirname }}/data'
train_list = 'few_{labels}.txt'
test_list = 'test.txt'
labels = [4, 8]
seeds = [0]
num = 12
"""


@pytest.fixture
def own_study(tmp_path) -> Path:
    """The config of a study of a data set that the project knows nothing of."""
    for name, setting in (('real', 'real'), ('synthetic', 'synthetic'), ('mixed', 'real+synthetic')):
        (tmp_path / f'{name}.py').write_text(OWN_MODEL.format(setting=setting))
    (tmp_path / 'decoder.py').write_text(OWN_MODEL.format(setting='real'))
    (tmp_path / 'recipe.py').write_text('num = 12\n')
    (tmp_path / 'data').mkdir()
    for name in ('few_4', 'few_8', 'test'):
        (tmp_path / f'data/{name}.txt').write_text('a\n')
    (tmp_path / 'study.py').write_text(OWN_STUDY)
    return tmp_path / 'study.py'


def test_commands_of_a_data_set_of_ones_own(own_study, tmp_path, capsys):
    out = tmp_path / 'out'
    assert tool.main([str(own_study), '--out', str(out), '--iterations', '9', '--ratio', '3', '1', '--dry-run']) == 0
    assert not out.exists()
    lines = capsys.readouterr().out.splitlines()
    names, commands = lines[::2], [shlex.split(line) for line in lines[1::2]]
    assert names == [
        '# decoder of 4 labels, seed 0',
        '# 12 images, labelled by that of 4, seed 0',
        '# decoder of 8 labels, seed 0',
        '# labels of that of 8, seed 0',
        *(f'# net, {s}, {n} labels, seed 0' for n in (4, 8) for s in ('real', 'synthetic', 'real+synthetic 3:1')),
    ]
    tools = [Path(command[1]).name for command in commands]
    assert tools == ['train.py', 'generate.py', 'train.py', 'generate.py', *['train.py'] * 6]
    # the decoder of 8 labels is that of 4 with another list, wherever the list stands
    lists = [f'train_dataloader.dataset.dataset.ann_file=few_{n}.txt' for n in (4, 8)]
    assert lists[0] not in commands[0] and lists[1] in commands[2]
    real, synthetic, mixed = commands[7:]
    assert lists[1] in real and f'train_dataloader.dataset.root={out}/synthetic/8_seed0' in synthetic
    assert 'train_dataloader.dataset.datasets.0.dataset.ann_file=few_8.txt' in mixed
    assert f'train_dataloader.dataset.datasets.1.root={out}/synthetic/8_seed0' in mixed
    assert 'train_dataloader.sampler.ratio=[3.0,1.0]' in mixed and not any('ann_file=few' in word for word in synthetic)
    for command in (real, synthetic, mixed):
        assert 'val_dataloader.dataset.ann_file=test.txt' in command and 'param_scheduler.0.end=9' in command


def test_mistakes_in_a_study_of_ones_own_are_one_line(own_study, tmp_path, capsys):
    def error(text: str, *options: str) -> str:
        own_study.write_text(text)
        assert tool.main([str(own_study), '--out', str(tmp_path / 'out'), '--dry-run', *options]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        return line

    whole = own_study.read_text()
    assert 'labelled images 5; known are 4, 8' in error(whole, '--labels', '5')
    assert 'no further style night; known are none' in error(whole, '--also-test', 'night')
    assert 'no data set of train_dataloader has `files` (list_key)' in error(whole + "list_key = 'files'\n")
    assert 'no mmdatasetdm.SyntheticDataset in its train_dataloader' in error(whole.replace('synthetic.py', 'real.py'))
    assert 'none.txt is not in its data_root' in error(whole + "test_list = 'none.txt'\n")
    (tmp_path / 'epochs.py').write_text(
        "train_cfg = dict(max_epochs=3)\ntrain_dataloader = dict(dataset=dict(ann_file=''))\n"
        'val_dataloader = train_dataloader\n'
    )
    assert 'equal iterations, not epochs' in error(whole.replace('real.py', 'epochs.py'), '--iterations', '3')
