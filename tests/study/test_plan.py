"""The jobs of a study, and the folder that belongs to it."""
import json
from pathlib import Path

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.study import Study

ROOT = Path(__file__).parents[2]


def study(out: Path, **more) -> Study:
    return Study(out=out, repository=ROOT, **more)


def test_jobs_of_the_whole_study(tmp_path):
    jobs = study(tmp_path).jobs()
    kinds = [job.kind for job in jobs]
    assert [kinds.count(kind) for kind in ('decoder', 'sample', 'label', 'deeplabv3plus')] == [6, 1, 5, 18]
    names = [job.name for job in jobs]
    assert len(set(names)) == len({job.done for job in jobs}) == 30
    assert all(set(job.after) <= set(names) for job in jobs)
    # images are sampled once; every other set links them
    assert all('--relabel' in job.command for job in jobs if job.kind == 'label')


def test_real_alone_needs_no_decoder(tmp_path):
    jobs = study(tmp_path, settings=('real',), labels=(20,), seeds=(0,)).jobs()
    assert [(job.kind, job.after) for job in jobs] == [('deeplabv3plus', ())]


@pytest.mark.parametrize('model', ['deeplabv3plus', 'mask2former'])
def test_runs_differ_in_their_images_alone(tmp_path, model, merged):
    jobs = study(tmp_path, models=(model,), labels=(100,), seeds=(7,), iterations=123, ratio=(1, 3)).jobs()
    real, synthetic, both = (merged(job.command) for job in jobs if job.kind == model)
    labelled, generated = 'ImageSets/Segmentation/train_100.txt', str(tmp_path / 'synthetic/100_seed7')
    assert real.train_dataloader.dataset.ann_file == labelled
    assert synthetic.train_dataloader.dataset.root == generated
    first, second = both.train_dataloader.dataset.datasets
    assert (first.ann_file, second.root) == (labelled, generated)
    assert both.train_dataloader.sampler.ratio == [1, 3]
    for config in (real, synthetic, both):
        assert config.train_cfg.max_iters == config.train_cfg.val_interval == config.param_scheduler[1].end == 123
        assert config.val_dataloader.dataset.ann_file == 'ImageSets/Segmentation/test.txt'
        assert config.randomness.seed == 7
        assert config.train_dataloader.batch_size == real.train_dataloader.batch_size
        for key in ('model', 'optim_wrapper', 'param_scheduler', 'val_dataloader'):
            assert config[key] == real[key]
    assert first == real.train_dataloader.dataset and second == synthetic.train_dataloader.dataset


def test_synthetic_images_come_first(tmp_path, merged):
    jobs = study(tmp_path, labels=(20,), seeds=(7,), iterations=100, pretrain=0.4, ratio=(1, 0)).jobs()
    real, synthetic, both = (merged(job.command).train_dataloader for job in jobs if job.kind == 'deeplabv3plus')
    assert (both.sampler.first, both.sampler.first_images, both.sampler.ratio) == ([0, 1], 40 * 8, [1, 0])
    assert 'first' not in real.sampler and 'first' not in synthetic.sampler


@pytest.mark.parametrize('pretrain', [-0.1, 1, 1.5])
def test_pretraining_leaves_iterations(tmp_path, pretrain):
    with pytest.raises(UserError, match=f'pretrain is {pretrain}; it must be a share, from 0 to below 1'):
        study(tmp_path, pretrain=pretrain)


def test_a_folder_from_before_an_option(tmp_path):
    study(tmp_path).claim()
    path = tmp_path / 'study.json'
    path.write_text(json.dumps({key: value for key, value in json.loads(path.read_text()).items()
                                if key not in ('pretrain', 'unseen')}))
    study(tmp_path).claim()
    with pytest.raises(UserError, match=r'was made with pretrain=0\.0, not 0\.5'):
        study(tmp_path, pretrain=0.5).claim()


def test_decoder_of_a_size_without_a_config(tmp_path, merged):
    jobs = study(tmp_path, labels=(50,), seeds=(3,), decoder_iterations=40).jobs()
    config = merged(jobs[0].command)
    assert config.train_dataloader.dataset.ann_file == 'ImageSets/Segmentation/train_50.txt'
    assert config.train_cfg.max_iters == config.param_scheduler[-1].end == 40
    assert config.param_scheduler[-1].begin == 20


def test_folder_of_another_study(tmp_path):
    study(tmp_path, num=100).claim()
    study(tmp_path, num=100, seeds=(5,)).claim()
    with pytest.raises(UserError, match='was made with num=100, not 200: take another --out'):
        study(tmp_path, num=200).claim()


def test_folder_of_another_task(tmp_path):
    study(tmp_path).claim()
    with pytest.raises(UserError, match='was made with task=semantic, not depth: take another --out'):
        study(tmp_path, task='depth').claim()


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
    assert '| deeplabv3plus | 20 | mIoU | 12.5 |' in mine.write()
    assert json.loads((tmp_path / 'results.json').read_text())['runs'] == [run]


def test_results_of_another_style_stand_beside(tmp_path):
    mine = study(tmp_path, labels=(20,), seeds=(0,), also_test=('street',))
    finished_run(mine, scores=dict(mIoU=12.5), classes=dict(ball=3.0))
    assert 'street' not in mine.write()  # not tested yet
    street = mine.run('deeplabv3plus', 20, 'real', 0) / 'street.json'
    street.write_text(json.dumps(dict(scores=dict(mIoU=7.25), classes=dict(ball=1.0))))
    table = mine.write()
    assert '| deeplabv3plus | 20 | mIoU | 12.5 |' in table and '| deeplabv3plus | 20 | mIoU, street | 7.2 |' in table
    assert mine.runs()[0]['scores'] == {'mIoU': 12.5, 'mIoU, street': 7.25}
    assert '| 3.0 |' in table  # the classes are those of the test images


def test_results_of_an_earlier_version(tmp_path):
    mine = study(tmp_path, labels=(20,))
    finished_run(mine, mIoU=12.5)
    with pytest.raises(UserError, match=r'result\.json was written by an earlier version: take another --out'):
        mine.runs()


def test_images_that_are_there_already(tmp_path):
    images = tmp_path / 'images'
    mine = study(tmp_path / 'out', labels=(20,), seeds=(0, 1), settings=('both',), num=40, images=str(images))
    with pytest.raises(UserError, match=r'--images .*images: no finished data set there'):
        mine.claim()
    images.mkdir()
    (images / 'dataset.json').write_text('{"num": 30}')
    with pytest.raises(UserError, match=r'--images .*images: it has 30 images, fewer than --num 40'):
        mine.claim()
    (images / 'dataset.json').write_text('{"num": 40}')
    mine.claim()
    jobs = mine.jobs()
    assert [job.kind for job in jobs] == ['decoder', 'label', 'decoder', 'label', 'deeplabv3plus', 'deeplabv3plus']
    for decoder, label, run in (jobs[0], jobs[1], jobs[4]), (jobs[2], jobs[3], jobs[5]):
        assert label.command[label.command.index('--relabel') + 1] == str(images)
        assert label.after == (decoder.name,) and run.after == (label.name,)
        assert 'writer.keep_latents=True' not in label.command
    with pytest.raises(UserError, match=r'was made with images=.*images, not None'):
        study(tmp_path / 'out', num=40).claim()


def test_images_of_an_earlier_start_are_not_sampled_again(tmp_path):
    sampled = tmp_path / 'synthetic/20_seed1'
    (sampled / 'latents').mkdir(parents=True)
    (tmp_path / 'synthetic/20_seed0').mkdir()  # of a start that was stopped, or labelled only
    (sampled / 'dataset.json').write_text('{}')
    jobs = {job.name: job for job in study(tmp_path, labels=(100,), seeds=(0, 2)).jobs()}
    for seed in (0, 2):
        label = jobs[f'labels of that of 100, seed {seed}']
        assert label.command[label.command.index('--relabel') + 1] == str(sampled)
        assert label.after == (f'decoder of 100 labels, seed {seed}',)
    # the set itself, when it is asked for, is no relabelling
    again = next(job for job in study(tmp_path, labels=(20,), seeds=(0, 1)).jobs() if job.done.parent == sampled)
    assert again.kind == 'sample' and '--relabel' not in again.command


@pytest.mark.parametrize(('wrong', 'words'), [
    (dict(labels=(30,)), 'no number of labelled images 30; known are 10, 20, 50, 100, 200'),
    (dict(models=('unet',)), 'no model unet; known are deeplabv3plus, mobilenet, deeplabv3, mask2former'),
    (dict(settings=('fake',)), 'no setting fake'),
    (dict(task='flow'), 'no task flow; known are semantic, instance, depth, pose, openvocab'),
    (dict(task='depth', models=('mask2former',)), 'no model mask2former; known are depthformer'),
    (dict(also_test=('room',)), 'no further style room; known are street'),
    (dict(num=0), 'num is 0'),
])
def test_mistakes(tmp_path, wrong, words):
    with pytest.raises(UserError, match=words):
        study(tmp_path, **wrong)
