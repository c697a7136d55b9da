"""The jobs of a study, and the folder that belongs to it."""
import json
from pathlib import Path

import pytest
from mmengine.config import Config, DictAction

from mmdatasetdm.errors import UserError
from mmdatasetdm.study import Study

ROOT = Path(__file__).parents[2]


def study(out: Path, **more) -> Study:
    return Study(out=out, repository=ROOT, **more)


def options(command: list[str]) -> Config:
    """The config that the tool would see."""
    import argparse
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    args, rest = parser.parse_known_args(command[2:])
    config = Config.fromfile(rest[0])
    config.merge_from_dict(args.cfg_options)
    return config


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
def test_runs_differ_in_their_images_alone(tmp_path, model):
    jobs = study(tmp_path, models=(model,), labels=(100,), seeds=(7,), iterations=123, ratio=(1, 3)).jobs()
    real, synthetic, both = (options(job.command) for job in jobs if job.kind == model)
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


def test_decoder_of_a_size_without_a_config(tmp_path):
    jobs = study(tmp_path, labels=(50,), seeds=(3,), decoder_iterations=40).jobs()
    config = options(jobs[0].command)
    assert config.train_dataloader.dataset.ann_file == 'ImageSets/Segmentation/train_50.txt'
    assert config.train_cfg.max_iters == config.param_scheduler[-1].end == 40


def test_folder_of_another_study(tmp_path):
    study(tmp_path, num=100).claim()
    study(tmp_path, num=100, seeds=(5,)).claim()
    with pytest.raises(UserError, match='was made with num=100, not 200: take another --out'):
        study(tmp_path, num=200).claim()


def test_results_of_finished_runs(tmp_path):
    mine = study(tmp_path, labels=(20,), seeds=(0,))
    folder = mine.run('deeplabv3plus', 20, 'real', 0)
    folder.mkdir(parents=True)
    run = dict(model='deeplabv3plus', labels=20, setting='real', seed=0, mIoU=12.5, classes=dict(ball=3.0), seconds=1.0)
    (folder / 'result.json').write_text(json.dumps(run))
    assert '| deeplabv3plus | 20 | 12.5 |' in mine.write()
    assert json.loads((tmp_path / 'results.json').read_text())['runs'] == [run]


@pytest.mark.parametrize(('wrong', 'words'), [
    (dict(labels=(30,)), 'no number of labelled images 30; known are 10, 20, 50, 100, 200'),
    (dict(models=('unet',)), 'no model unet; known are deeplabv3plus, mask2former'),
    (dict(settings=('fake',)), 'no setting fake'),
    (dict(num=0), 'num is 0'),
])
def test_mistakes(tmp_path, wrong, words):
    with pytest.raises(UserError, match=words):
        study(tmp_path, **wrong)
