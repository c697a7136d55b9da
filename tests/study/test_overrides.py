"""Rows of a table that are a stock config and an option: the commands that a study makes of them."""

from pathlib import Path

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.study import Plan, Study, load_study_config
from mmdatasetdm.study.overrides import as_options

ROOT = Path(__file__).parents[2]
CONFIG = """
task = 'semantic'
metrics = [dict(key='mIoU', name='mIoU')]
net = 'configs/deeplabv3plus/deeplabv3plus_r50-d8_4xb4-40k_voc12-100shot-{setting}-512x512.py'
models = dict(plain=net, crop=net, few=net)
overrides = dict(
    crop=dict(
        real=dict(leave_out=['RandomFlip', 'PhotoMetricDistortion']),
        synthetic=dict(leave_out=['RandomFlip', 'PhotoMetricDistortion'], num=400),
        options={'optim_wrapper.optimizer.lr': 0.02},
        settings=['real', 'real+synthetic'],
        labels=[100],
    ),
    few=dict(labels=[60]),
)
del net
decoders = {100: 'configs/datasetdm/voc_100shot.py'}
labelled = {60: dict(per_class=3)}
recipe = 'configs/generate/voc.py'
data_root = 'data/VOCdevkit/VOC2012'
seeds = [0]
"""


@pytest.fixture
def study(tmp_path):
    """``study(models=…)``: the jobs of a study with rows that are options."""

    def make(**more) -> list:
        (tmp_path / 'table.py').write_text(CONFIG)
        config = load_study_config(tmp_path / 'table.py')
        return Plan(study=Study(config=config, out=tmp_path / 'out', repository=ROOT, **more)).jobs()

    return make


def test_options_are_written_as_a_person_types_them():
    values = dict(leave_out=['RandomFlip', 'Resize'], num=4, lr=1e-4, empty=[])
    assert as_options(values, key='train.dataset') == [
        'train.dataset.leave_out=[RandomFlip,Resize]',
        'train.dataset.num=4',
        'train.dataset.lr=0.0001',
        'train.dataset.empty=[]',
    ]


def test_a_row_goes_without_augmentations(study, merged):
    found = study(models=('plain', 'crop'), labels=(100,))
    jobs = {job.name: merged(job.command) for job in found if job.kind in ('plain', 'crop')}
    assert len(jobs) == 5 and 'crop, synthetic, 100 labels, seed 0' not in jobs
    crop, plain = (jobs[f'{model}, real+synthetic, 100 labels, seed 0'] for model in ('crop', 'plain'))
    real, synthetic = crop.train_dataloader.dataset.datasets
    assert real.leave_out == synthetic.leave_out == ['RandomFlip', 'PhotoMetricDistortion']
    assert (synthetic.num, crop.optim_wrapper.optimizer.lr) == (400, 0.02)
    assert not any('leave_out' in part or 'num' in part for part in plain.train_dataloader.dataset.datasets)
    assert jobs['crop, real, 100 labels, seed 0'].train_dataloader.dataset.leave_out == real.leave_out


def test_labelled_images_chosen_by_a_rule(study, merged):
    jobs = study(models=('plain', 'few'), settings=('real+synthetic',))
    runs = {(job.kind, part) for job in jobs for part in (60, 100) if f' {part} labels, seed' in job.name}
    assert runs == {('decoder', 60), ('decoder', 100), ('plain', 60), ('plain', 100), ('few', 60)}
    configs = {job.name: merged(job.command) for job in jobs if job.command[1].endswith('train.py')}
    few = configs['few, real+synthetic, 60 labels, seed 0'].train_dataloader.dataset.datasets[0]
    assert few.per_class == configs['decoder of 60 labels, seed 0'].train_dataloader.dataset.per_class == 3
    assert configs['plain, real+synthetic, 100 labels, seed 0'].train_dataloader.dataset.datasets[0].per_class == 5


def test_no_decoder_of_labels_that_only_real_images_are_of(study):
    assert [job.kind for job in study(models=('few',), settings=('real',))] == ['few']


def test_the_batch_is_that_of_the_schedule_on_any_number_of_gpus(study, merged):
    for gpus, batch in ((1, 16), (2, 8), (4, 4)):
        (job,) = study(models=('plain',), labels=(100,), settings=('real',), gpus=gpus)
        launcher = ['--standalone', f'--nproc_per_node={gpus}'] if gpus > 1 else []
        assert job.command[3 : 3 + len(launcher)] == launcher and job.gpus == gpus
        assert ('--launcher' in job.command) == (gpus > 1)
        start = next(index for index, word in enumerate(job.command) if word.endswith('tools/train.py'))
        end = len(job.command) - 2 * (gpus > 1)
        assert merged([job.command[0], *job.command[start:end]]).train_dataloader.batch_size == batch
    with pytest.raises(UserError, match=r'--gpus 3: .* trains on batches of 16 images, which 3 cannot share'):
        study(models=('plain',), labels=(100,), settings=('real',), gpus=3)
