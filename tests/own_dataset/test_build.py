"""From a labelled folder to configs that train, generate and compare."""

import shutil

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.build import Answers, new_dataset
from mmdatasetdm.registry import DATASETS, MODELS, TRANSFORMS
from mmdatasetdm.study import Plan, Study, load_study_config
from tests.own_dataset.conftest import ROOT, run

pytestmark = pytest.mark.usefixtures('here')


def test_from_a_folder_of_masks_to_stock_models(pairs, tmp_path, monkeypatch, toy_generator_folder):
    before = {path: path.read_bytes() for path in pairs.rglob('*') if path.is_file()}
    made = new_dataset(pairs, task='semantic', out=tmp_path / 'made', answers=Answers())
    assert {path: path.read_bytes() for path in pairs.rglob('*') if path.is_file()} == before
    out = made.folder
    assert Image.open(out / 'labels.png').size[0] > 500
    assert (out / 'val.txt').read_text() == '4\n' and (out / 'train.txt').read_text() == '0\n1\n2\n3\n5\n'

    # the decoder, small; the built-in generator is exchanged for the tests' own
    tiny = [f'model.backbone.generator={toy_generator_folder}', 'model.backbone.cache=None']
    small = ['train_cfg.max_iters=2', 'train_cfg.val_interval=2', 'default_hooks.checkpoint.interval=2']
    small.append('default_hooks.visualization.interval=1')  # pictures of the validation, in the palette
    head = [
        f'model.decode_head.{option}'
        for option in ('pixel_decoder.feat_channels=16', 'loss.num_points=64', 'transformer_decoder.num_layers=1')
    ]
    workers = [
        f'{part}_dataloader.{key}' for part in ('train', 'val') for key in ('num_workers=0', 'persistent_workers=0')
    ]
    options = [*tiny, *small, *head, *workers, 'train_dataloader.batch_size=1', 'randomness.seed=0']
    run(monkeypatch, 'train', 'made/pets_decoder.py', '--cfg-options', *options)
    assert (tmp_path / 'work_dirs/pets_decoder/iter_2.pth').is_file()

    shutil.copy('work_dirs/pets_decoder/pets_decoder.py', out / 'pets_decoder.py')  # the small one that was trained
    sampler = ['sampler.steps=1', 'sampler.height=64', 'sampler.width=64', f'generator={toy_generator_folder}']
    arguments = ['--num', '2', '--out', 'data/synthetic/pets', '--cfg-options', *sampler]
    sure = [f'decoders.semantic.ignore.{key}' for key in ('score=0.0', 'unnamed=None')]
    run(monkeypatch, 'generate', 'made/pets_recipe.py', *arguments, *sure)

    config = Config.fromfile(out / 'pets_deeplabv3plus.py')
    config.model.pretrained = None
    init_default_scope('mmseg')
    mixed = DATASETS.build(config.train_dataloader.dataset)
    assert [len(part) for part in mixed.datasets] == [5, 2]
    assert tuple(mixed.metainfo['classes']) == ('background', 'person', 'dog')
    assert all(tuple(mixed[index]['inputs'].shape) == (3, 512, 512) for index in (0, 6))
    labels = DATASETS.build(config.val_dataloader.dataset)[0]['data_samples'].gt_sem_seg.data
    assert sorted(np.unique(labels)) == [0, 1, 255]
    model = MODELS.build(config.model)
    assert model.decode_head.num_classes == model.auxiliary_head.num_classes == 3

    study = Study(config=load_study_config(out / 'pets_study.py'), out=tmp_path / 'study', repository=ROOT)
    study.check()
    commands = {job.name: ' '.join(job.command) for job in Plan(study=study).jobs()}
    assert 'ratio=[1,1]' in commands['deeplabv3plus, real+synthetic, 5 labels, seed 0']
    for which, count in (('real', 5), ('synthetic', 2)):
        alone = Config.fromfile(out / f'pets_deeplabv3plus_{which}.py').train_dataloader
        assert alone.sampler.type == 'InfiniteSampler' and len(DATASETS.build(alone.dataset)) == count


def test_another_generator_gets_the_papers_decoder_and_is_not_downloaded(pairs, tmp_path):
    answers = Answers(generator='somebody/no-such-model', words=dict(dog='puppy'), background='none')
    made = new_dataset(pairs, task='semantic', out=tmp_path / 'made', answers=answers)
    config = Config.fromfile(made.folder / 'pets_decoder.py')
    assert config.model.backbone.generator == 'somebody/no-such-model'
    assert config.model.backbone.class_phrases == ['background', 'person', 'puppy']
    assert config.model.backbone.prompt_template == 'a photo of {classes}'
    assert config.model.decode_head.pixel_decoder.feat_channels == 256 and config.train_cfg.max_iters == 50000
    assert any('not on this machine and not downloaded' in line for line in made.found.notes)
    assert ('generator', 'somebody/no-such-model, by its name of the family StableDiffusion, 512 pixels') in [
        question[:2] for question in made.found.questions
    ]
    init_default_scope('mmseg')
    for step in (*config.train_pipeline, *config.test_pipeline):
        TRANSFORMS.build(step)


def test_nothing_of_the_persons_is_overwritten(pairs, tmp_path):
    (tmp_path / 'made').mkdir()
    (tmp_path / 'made/notes.txt').write_text('mine')
    with pytest.raises(UserError, match='exists already'):
        new_dataset(pairs, task='semantic', out=tmp_path / 'made', answers=Answers())
    with pytest.raises(UserError, match='lies in'):
        new_dataset(pairs, task='semantic', out=pairs / 'configs', answers=Answers())
    assert [path.name for path in (tmp_path / 'made').iterdir()] == ['notes.txt']


def test_a_failure_leaves_nothing_behind(pairs, tmp_path):
    Image.fromarray(np.zeros((10, 10), np.uint8)).save(pairs / 'masks/5.png')
    with pytest.raises(UserError, match=r'masks/5.png: the labels are 10x10, but the image .*images/5.jpg is 128x96'):
        new_dataset(pairs, task='semantic', out=tmp_path / 'made', answers=Answers())
    assert [path.name for path in tmp_path.iterdir()] == ['Pets']


def test_objects_become_label_maps(coco, tmp_path):
    made = new_dataset(coco, task='semantic', out=tmp_path / 'made', answers=Answers())
    config = Config.fromfile(made.folder / 'zoo_decoder.py')
    assert config.class_names == ['background', 'person', 'dog']
    init_default_scope('mmseg')
    images = DATASETS.build(dict(config.train_dataloader.dataset, pipeline=config.test_pipeline))
    assert len(images) == 4 and set(np.unique(images[1]['data_samples'].gt_sem_seg.data)) == {0, 2}
