"""The jobs of the built-in world's studies against the real configs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.study import Plan, Study, load_study_config
from mmdatasetdm.toyroom.paths import TOYROOM_DATA

ROOT = Path(__file__).parents[2]
TASKS = {
    name: load_study_config(ROOT / f'configs/studies/toyroom_{name}.py')
    for name in ('semantic', 'instance', 'depth', 'pose', 'openvocab')
}
MODELS = [(name, model) for name, task in TASKS.items() for model in task.models]
needs_data = pytest.mark.skipif(not TOYROOM_DATA.is_dir(), reason=f'{TOYROOM_DATA} is not there')


def values(config: dict) -> Iterator[object]:
    """All leaves of a config."""
    for value in config.values() if isinstance(config, dict) else config:
        if isinstance(value, (dict, list, tuple)):
            yield from values(value)
        else:
            yield value


def jobs(out: Path, task: str, kind: str, **more) -> list:
    study = Study(config=TASKS[task], out=out, repository=ROOT, seeds=(7,), **more)
    return [job for job in Plan(study=study).jobs() if job.kind == kind]


@needs_data
@pytest.mark.parametrize(('task', 'model'), MODELS)
def test_runs_differ_in_their_images_alone(tmp_path, merged, task, model):
    real, synthetic, both = (
        merged(job.command)
        for job in jobs(tmp_path, task, model, models=(model,), labels=(200,), iterations=123, ratio=(1, 3))
    )
    key = TASKS[task].list_key
    data, generated = real.train_dataloader.dataset, tmp_path / 'synthetic/200_seed7'
    assert data[key] == TASKS[task].listed(200) and (TOYROOM_DATA / data[key]).is_file()
    assert synthetic.train_dataloader.dataset.root == str(generated)
    assert both.train_dataloader.dataset.datasets == [data, synthetic.train_dataloader.dataset]
    assert both.train_dataloader.sampler.ratio == [1, 3]
    for config in (real, synthetic, both):
        assert config.train_cfg.max_iters == config.train_cfg.val_interval == config.param_scheduler[1].end == 123
        assert config.default_hooks.checkpoint.interval == 123 and config.randomness.seed == 7
        for name in ('model', 'optim_wrapper', 'param_scheduler', 'val_dataloader', 'val_evaluator', 'test_evaluator'):
            assert config[name] == real[name]
        assert config.train_dataloader.batch_size == real.train_dataloader.batch_size


@needs_data
@pytest.mark.parametrize(('task', 'model'), MODELS)
def test_evaluated_on_test_images_alone(tmp_path, merged, task, model):
    (job,) = jobs(tmp_path, task, model, models=(model,), labels=(50,), settings=('real',))
    config, expected = merged(job.command), TASKS[task].test_list
    dataset = config.val_dataloader.dataset
    assert dataset[TASKS[task].list_key] == expected
    # nothing else of the validation names the images of any other list
    named = [
        value
        for part in (dataset, config.val_evaluator)
        for value in values([part])
        if isinstance(value, str) and value.endswith((expected.rpartition('_')[2], '.json')) and 'captions' not in value
    ]
    assert {Path(value).name for value in named} == {Path(expected).name}
    assert {str(TOYROOM_DATA / expected), expected} >= set(named)


@needs_data
@pytest.mark.parametrize(('task', 'model'), MODELS)
def test_another_style(tmp_path, merged, task, model):
    more = dict(models=(model,), labels=(50,), settings=('real',), iterations=9)
    (job,) = jobs(tmp_path, task, f'{model}, street', **more, also_test=('street',))
    (trained,) = jobs(tmp_path, task, model, **more)
    assert job.after == (trained.name,) and trained.done.parent == job.done.parent
    assert job.command[3] == str(trained.done.parent / 'iter_9.pth')
    # the config that the training leaves
    saved = Path(job.command[2])
    assert saved.parent == trained.done.parent
    saved.parent.mkdir(parents=True)
    merged(trained.command).dump(saved)
    config, expected = merged(job.command), TASKS[task].styles['street']
    assert config.test_dataloader.dataset[TASKS[task].list_key] == expected
    assert (TOYROOM_DATA / expected).is_file()
    files = [value for value in values([config.test_evaluator]) if isinstance(value, str) and value.endswith('.json')]
    assert set(files) == ({str(TOYROOM_DATA / expected)} if task in ('instance', 'pose') else set())


@needs_data
@pytest.mark.parametrize('task', TASKS)
@pytest.mark.parametrize('labels', [10, 50, 200])
def test_decoders(tmp_path, merged, task, labels):
    (job,) = jobs(tmp_path, task, 'decoder', labels=(labels,), decoder_iterations=5)
    config = merged(job.command)
    lists = [value for value in values([config.train_dataloader]) if isinstance(value, str) and 'train_' in value]
    assert lists == [TASKS[task].listed(labels)] and (TOYROOM_DATA / lists[0]).is_file()
    assert config.train_cfg.max_iters == config.param_scheduler[1].end == 5 > config.param_scheduler[1].begin
    assert config.model.backbone.type == 'mmdatasetdm.DiffusionFeatureBackbone'


@pytest.mark.parametrize('task', TASKS)
def test_recipe_has_the_decoder(tmp_path, task):
    from mmengine.config import Config

    (job,) = jobs(tmp_path, task, 'sample')
    recipe = Config.fromfile(job.command[2])
    name, files = job.command[job.command.index('--decoder') + 1].split('=')
    assert list(recipe.decoders) == [name]
    decoder, work_dir = map(Path, files.split(','))
    assert decoder.parent == work_dir == tmp_path / f'decoders/{TASKS[task].labels[0]}_seed7'
    assert (ROOT / recipe.decoders[name].config).name == decoder.name


def test_hidden_classes_are_those_of_the_decoder(merged, tmp_path):
    decoder = merged(jobs(tmp_path, 'openvocab', 'decoder')[0].command)
    real, synthetic, both = (merged(job.command) for job in jobs(tmp_path, 'openvocab', 'deeplabv3plus')[:3])
    hide = [step for step in decoder.train_dataloader.dataset.pipeline if step.type == 'mmdatasetdm.HideClasses']
    pipelines = [real.train_dataloader.dataset.pipeline, both.train_dataloader.dataset.datasets[0].pipeline]
    for pipeline in pipelines:
        assert [step for step in pipeline if step.type == 'mmdatasetdm.HideClasses'] == hide
        assert [step.type for step in pipeline[:3]] == ['LoadImageFromFile', 'LoadAnnotations', hide[0].type]
    generated = synthetic.train_dataloader.dataset.dataset
    assert both.train_dataloader.dataset.datasets[1].dataset == generated
    assert hide[0].type not in [step.type for step in generated.pipeline]
    for config in (decoder, real, synthetic, both):
        assert config.val_evaluator.unseen == config.test_evaluator.unseen == hide[0].hidden


@needs_data
def test_other_classes_may_be_the_unseen_ones(tmp_path, merged):
    unseen = ['table', 'plant', 'bed']
    for kind in ('decoder', 'deeplabv3plus'):
        for job in jobs(tmp_path, 'openvocab', kind, labels=(50,), unseen=tuple(unseen)):
            config = merged(job.command)
            assert config.val_evaluator.unseen == config.test_evaluator.unseen == unseen
            data = config.train_dataloader.dataset
            real = data.get('datasets', [data])[0].get('dataset', data.get('datasets', [data])[0])
            hidden = [step.hidden for step in real.pipeline if step.type == 'mmdatasetdm.HideClasses']
            assert hidden == ([] if ', synthetic,' in job.name else [unseen])
    with pytest.raises(UserError, match='--unseen cow: there is no such class; known are background, person'):
        jobs(tmp_path, 'openvocab', 'decoder', labels=(50,), unseen=('cow',))
