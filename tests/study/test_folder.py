"""What a study compares, and the folder that belongs to it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.study import Study, load_study_config

ROOT = Path(__file__).parents[2]


def study(out: Path, task: str = 'semantic', **more) -> Study:
    config = load_study_config(ROOT / f'configs/studies/toyroom_{task}.py')
    return Study(config=config, out=out, repository=ROOT, **more)


def test_folder_of_another_study(tmp_path):
    study(tmp_path, num=100).bind()
    study(tmp_path, num=100, seeds=(5,)).bind()
    with pytest.raises(UserError, match='was made with num=100, not 200: take another --out'):
        study(tmp_path, num=200).bind()


def test_folder_of_another_task(tmp_path):
    study(tmp_path).bind()
    with pytest.raises(UserError, match='was made with task=semantic, not depth: take another --out'):
        study(tmp_path, task='depth').bind()


def finished_run(mine: Study, **more) -> dict:
    """Write the result of the first run of ``mine``."""
    folder = mine.run(mine.models[0], mine.labels[0], 'real', 0)
    folder.mkdir(parents=True)
    run = dict(model=mine.models[0], labels=mine.labels[0], setting='real', seed=0, seconds=1.0, **more)
    (folder / 'result.json').write_text(json.dumps(run))
    return run


def test_results_of_finished_runs(tmp_path):
    mine = study(tmp_path, labels=(20,), seeds=(0,))
    run = finished_run(mine, scores=dict(mIoU=12.5), classes=dict(ball=3.0))
    assert '| deeplabv3plus | 20 | mIoU | 12.5 |' in mine.write(command='python tools/study.py')
    assert json.loads((tmp_path / 'results.json').read_text())['runs'] == [run]


def test_results_of_another_style_stand_beside(tmp_path):
    mine = study(tmp_path, labels=(20,), seeds=(0,), also_test=('street',))
    finished_run(mine, scores=dict(mIoU=12.5), classes=dict(ball=3.0))
    assert 'street' not in mine.write(command='python tools/study.py')  # not tested yet
    street = mine.run('deeplabv3plus', 20, 'real', 0) / 'street.json'
    street.write_text(json.dumps(dict(scores=dict(mIoU=7.25), classes=dict(ball=1.0))))
    table = mine.write(command='python tools/study.py')
    assert '| deeplabv3plus | 20 | mIoU | 12.5 |' in table and '| deeplabv3plus | 20 | mIoU, street | 7.2 |' in table
    assert mine.runs()[0]['scores'] == {'mIoU': 12.5, 'mIoU, street': 7.25}
    assert '| 3.0 |' in table  # the classes are those of the test images


def test_another_ratio_is_another_column_of_the_same_folder(tmp_path):
    for ratio, setting, score in (
        ((1, 1), 'real', 10.0),
        ((1, 1), 'real+synthetic', 12.0),
        ((3, 1), 'real+synthetic', 13.5),
    ):
        mine = study(tmp_path, labels=(20,), seeds=(0,), ratio=ratio)
        mine.bind()
        folder = mine.run('deeplabv3plus', 20, setting, 0)
        folder.mkdir(parents=True)
        run = dict(model='deeplabv3plus', labels=20, setting=mine.label(setting), seed=0, scores=dict(mIoU=score))
        (folder / 'result.json').write_text(json.dumps(run))
    lines = mine.write(command='python tools/study.py').splitlines()
    assert lines[0] == (
        '| model | labelled images | metric | real | real+synthetic | real+synthetic 3:1 | real+synthetic - real '
        '| real+synthetic 3:1 - real |'
    )
    assert lines[2] == '| deeplabv3plus | 20 | mIoU | 10.0 | 12.0 | 13.5 | +2.0 | +3.5 |'


def test_files_of_others_are_left_alone(tmp_path):
    (tmp_path / 'thesis.tex').write_text('mine')
    with pytest.raises(UserError, match=r'is no folder of a study \(it holds thesis.tex\): take another'):
        study(tmp_path).bind()
    assert [path.name for path in tmp_path.iterdir()] == ['thesis.tex']


def test_images_to_label_must_be_there(tmp_path):
    images = tmp_path / 'images'
    mine = study(tmp_path / 'out', num=40, images=str(images))
    with pytest.raises(UserError, match=r'--images .*images: no finished data set there'):
        mine.bind()
    images.mkdir()
    (images / 'dataset.json').write_text('{"num": 30}')
    with pytest.raises(UserError, match=r'--images .*images: it has 30 images, fewer than --num 40'):
        mine.bind()
    (images / 'dataset.json').write_text('{"num": 40}')
    mine.bind()
    with pytest.raises(UserError, match=r'was made with images=.*images, not None'):
        study(tmp_path / 'out', num=40).bind()


@pytest.mark.parametrize(
    ('wrong', 'words'),
    [
        (dict(labels=(30,)), 'no number of labelled images 30; known are 10, 20, 50, 100, 200'),
        (dict(models=('unet',)), 'no model unet; known are deeplabv3plus, mobilenet, deeplabv3, mask2former'),
        (dict(settings=('fake',)), r'no setting fake; known are real, synthetic, real\+synthetic'),
        (dict(unseen=('bed',)), '--unseen is for studies of open vocabulary; .*toyroom_semantic.py has no `unseen`'),
        (dict(task='depth', models=('mask2former',)), 'no model mask2former; known are depthformer'),
        (dict(also_test=('room',)), 'no further style room; known are street'),
        (dict(num=0), 'num is 0'),
        (dict(decoder_iterations=0), 'decoder_iterations is 0'),
        (dict(ratio=(0, 0)), '--ratio 0 0: shares are numbers of 0 or more, and not both 0'),
        (dict(ratio=(-1, 1)), '--ratio -1 1'),
        (dict(ratio=(float('nan'), 1)), '--ratio nan 1'),
        (dict(seeds=(0, 0)), '--seeds 0: seeds are different'),
        (dict(seeds=(-1,)), '--seeds -1'),
        (dict(labels=(20, 20)), 'number of labelled images 20 is named twice'),
    ],
)
def test_mistakes(tmp_path, wrong, words):
    with pytest.raises(UserError, match=words):
        study(tmp_path, **wrong)


@pytest.mark.parametrize('name', ['recipe_options', 'decoder_options'])
def test_an_option_without_a_value_is_said_before_anything_is_written(tmp_path, name):
    mine = study(tmp_path / 'out', **{name: ('timestep',)})
    with pytest.raises(UserError, match=f"--{name.replace('_', '-')}: 'timestep' is not of the form KEY=VALUE"):
        mine.bind()
    assert not mine.out.exists()


def test_a_list_that_is_missing_is_said_before_anything_is_written(tmp_path):
    mine = study(tmp_path / 'out', labels=(20,))
    moved = Study(config=replace(mine.config, data_root=str(tmp_path / 'none')), out=mine.out, repository=ROOT)
    with pytest.raises(UserError, match=r'ImageSets/Segmentation/train_20.txt is not in its data_root .*none'):
        moved.bind()
    assert not mine.out.exists()


def test_data_that_is_not_there_is_said_before_anything_is_trained(tmp_path, monkeypatch):
    monkeypatch.setenv('MMDATASETDM_VOC', str(tmp_path / 'nothing'))
    config = load_study_config(ROOT / 'configs/studies/supp_table_4.py')
    study = Study(config=config, out=tmp_path / 'out', repository=ROOT)
    study.check()  # a dry run needs no data
    with pytest.raises(UserError, match=r'nothing does not exist. Download http.*VOCtrainval') as raised:
        study.bind()
    assert '\n' not in str(raised.value) and not study.out.exists()
