"""The jobs of a study."""

from pathlib import Path

import pytest

from mmdatasetdm.study import Plan, Study, load_study_config

ROOT = Path(__file__).parents[2]


def plan(out: Path, task: str = 'semantic', **more) -> Plan:
    config = load_study_config(ROOT / f'configs/studies/toyroom_{task}.py')
    return Plan(study=Study(config=config, out=out, repository=ROOT, **more))


def test_jobs_of_the_whole_study(tmp_path):
    jobs = plan(tmp_path).jobs()
    kinds = [job.kind for job in jobs]
    assert [kinds.count(kind) for kind in ('decoder', 'sample', 'label', 'deeplabv3plus')] == [6, 1, 5, 18]
    names = [job.name for job in jobs]
    assert len(set(names)) == len({job.done for job in jobs}) == 30
    assert all(set(job.after) <= set(names) for job in jobs)
    # images are sampled once; every other set links them
    assert all('--relabel' in job.command for job in jobs if job.kind == 'label')


def test_real_alone_needs_no_decoder(tmp_path):
    jobs = plan(tmp_path, settings=('real',), labels=(20,), seeds=(0,)).jobs()
    assert [(job.kind, job.after) for job in jobs] == [('deeplabv3plus', ())]


@pytest.mark.parametrize('model', ['deeplabv3plus', 'mask2former'])
def test_runs_differ_in_their_images_alone(tmp_path, model, merged):
    jobs = plan(tmp_path, models=(model,), labels=(100,), seeds=(7,), iterations=123, ratio=(1, 3)).jobs()
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


def test_decoder_of_a_size_without_a_config(tmp_path, merged):
    jobs = plan(tmp_path, labels=(50,), seeds=(3,), decoder_iterations=40).jobs()
    config = merged(jobs[0].command)
    assert config.train_dataloader.dataset.ann_file == 'ImageSets/Segmentation/train_50.txt'
    assert config.train_cfg.max_iters == config.param_scheduler[-1].end == 40
    assert config.param_scheduler[-1].begin == 20


def test_options_of_the_decoder_are_those_of_its_labels_too(tmp_path, merged):
    jobs = plan(tmp_path, labels=(20,), seeds=(0,), decoder_options=('model.backbone.timestep=77',)).jobs()
    assert merged(jobs[0].command).model.backbone.timestep == 77
    # the images are labelled with the config that the training leaves
    (label,) = [job for job in jobs if job.kind == 'sample']
    assert f'semantic={tmp_path / "decoders/20_seed0"}/' in ' '.join(label.command)


def test_decoders_that_are_averaged(tmp_path, merged):
    study = plan(
        tmp_path, task='instance', labels=(20,), seeds=(0, 2), settings=('real+synthetic',), decoders=3, images='there'
    )
    jobs = study.jobs()
    assert [job.kind for job in jobs] == [*['decoder'] * 3, 'label', *['decoder'] * 3, 'label', *['mask2former'] * 2]
    for first, seed in (0, 0), (4, 2):
        members, label = jobs[first : first + 3], jobs[first + 3]
        assert [merged(job.command).randomness.seed for job in members] == [seed, seed + 1000, seed + 2000]
        assert label.after == tuple(job.name for job in members)
        folders = [job.done.parent for job in members]
        assert folders[0] == study.study.decoder(20, seed) and len(set(folders)) == 3
        config, *checkpoints = label.command[label.command.index('--decoder') + 1].split(',')
        assert config.startswith('instance=') and checkpoints == [str(folder) for folder in folders]


def test_images_that_are_there_already(tmp_path):
    jobs = plan(tmp_path, labels=(20,), seeds=(0, 1), settings=('real+synthetic',), images='elsewhere').jobs()
    assert [job.kind for job in jobs] == ['decoder', 'label', 'decoder', 'label', 'deeplabv3plus', 'deeplabv3plus']
    for decoder, label, run in (jobs[0], jobs[1], jobs[4]), (jobs[2], jobs[3], jobs[5]):
        assert label.command[label.command.index('--relabel') + 1] == 'elsewhere'
        assert label.after == (decoder.name,) and run.after == (label.name,)
        assert 'writer.keep_latents=True' not in label.command


def test_images_of_an_earlier_start_are_not_sampled_again(tmp_path):
    sampled = tmp_path / 'synthetic/20_seed1'
    (sampled / 'latents').mkdir(parents=True)
    (tmp_path / 'synthetic/20_seed0').mkdir()  # of a start that was stopped, or labelled only
    (sampled / 'dataset.json').write_text('{}')
    jobs = {job.name: job for job in plan(tmp_path, labels=(100,), seeds=(0, 2)).jobs()}
    for seed in (0, 2):
        label = jobs[f'labels of that of 100, seed {seed}']
        assert label.command[label.command.index('--relabel') + 1] == str(sampled)
        assert label.after == (f'decoder of 100 labels, seed {seed}',)
    # the set itself, when it is asked for, is no relabelling
    again = next(job for job in plan(tmp_path, labels=(20,), seeds=(0, 1)).jobs() if job.done.parent == sampled)
    assert again.kind == 'sample' and '--relabel' not in again.command
