"""The templates for one's own data: copied into any folder and filled in at the top, they train and generate."""

import re
import runpy
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope, init_default_scope
from PIL import Image

from mmdatasetdm.generation.recipe import load_prompts
from mmdatasetdm.registry import DATASETS, MODELS, TRANSFORMS
from mmdatasetdm.study import Plan, Study, load_study_config
from tools import prompts

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / 'configs/template'


@pytest.fixture
def own(tmp_path, monkeypatch, toy_generator_folder) -> Path:
    """A person's folder, far from the checkout: six labelled images, and the templates with their tops filled in."""
    rng = np.random.default_rng(0)
    data = tmp_path / 'pets'
    for folder in ('JPEGImages', 'SegmentationClass', 'ImageSets/Segmentation'):
        (data / folder).mkdir(parents=True)
    for index in range(6):
        mask = np.zeros((96, 128), np.uint8)
        mask[20:60, 30:80] = 1 + index % 2
        mask[:4] = 255
        Image.fromarray(mask).save(data / f'SegmentationClass/{index}.png')
        image = (mask[..., None] % 255 * 80 + rng.integers(0, 50, (96, 128, 3))).astype(np.uint8)
        Image.fromarray(image).save(data / f'JPEGImages/{index}.jpg')
    (data / 'ImageSets/Segmentation/train.txt').write_text('0\n1\n2\n3\n')
    (data / 'ImageSets/Segmentation/val.txt').write_text('4\n5\n')
    filled = {
        "'data/mine'": repr(str(data)),
        "'data/synthetic/mine'": "'made'",
        "'stable-diffusion-v1-5/stable-diffusion-v1-5'": repr(str(toy_generator_folder)),
    }
    shutil.copy(TEMPLATES / 'my_prompts.txt', tmp_path)
    for path in TEMPLATES.glob('*.py'):
        text = path.read_text(encoding='utf-8')
        for name, value in filled.items():
            text = text.replace(f' = {name}', f' = {value}')
        (tmp_path / path.name).write_text(text, encoding='utf-8')
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    DefaultScope._instance_dict.clear()


def run(monkeypatch, tool: str, *args: str) -> None:
    monkeypatch.setattr(sys, 'argv', [str(ROOT / f'tools/{tool}.py'), *args])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(sys.argv[0], run_name='__main__')
    assert ended.value.code == 0


def test_from_labelled_images_to_a_stock_model(own, monkeypatch):
    small = ['train_cfg.max_iters=1', 'train_cfg.val_interval=1', 'default_hooks.checkpoint.interval=1']
    path = own / 'my_decoder.py'
    path.write_text(
        path.read_text(encoding='utf-8').replace('512', '128'), encoding='utf-8'
    )  # for the tests' generator
    size = [f'model.data_preprocessor.{key}="(128,128)"' for key in ('size', 'test_cfg.size')]
    head = ['pixel_decoder.feat_channels=16', 'loss.num_points=64']
    layers = ['num_layers=1', 'num_heads=2', 'feedforward_channels=16']
    head += [f'transformer_decoder.{option}' for option in layers]
    options = [*small, *size, *(f'model.decode_head.{option}' for option in head)]
    workers = [
        f'{part}_dataloader.{key}' for part in ('train', 'val') for key in ('num_workers=0', 'persistent_workers=0')
    ]
    run(monkeypatch, 'train', 'my_decoder.py', '--cfg-options', *options, *workers)
    assert (own / 'work_dirs/my_decoder/iter_1.pth').is_file()

    shutil.copy(own / 'work_dirs/my_decoder/my_decoder.py', own / 'my_decoder.py')  # the small one that was trained
    sampler = ['sampler.steps=1', 'sampler.height=64', 'sampler.width=64', 'filters=[]']
    unsure = ['decoders.semantic.ignore.score=0.0']
    run(monkeypatch, 'generate', 'my_recipe.py', '--num', '2', '--out', 'made', '--cfg-options', *sampler, *unsure)

    config = Config.fromfile('my_deeplabv3plus.py')
    config.model.pretrained = None
    init_default_scope('mmseg')
    mixed = DATASETS.build(config.train_dataloader.dataset)
    assert [len(part) for part in mixed.datasets] == [4, 2] and mixed.metainfo['classes'] == (
        'background',
        'cat',
        'dog',
    )
    assert all(tuple(mixed[index]['inputs'].shape) == (3, 512, 512) for index in (0, 5))
    validation = DATASETS.build(config.val_dataloader.dataset)
    assert len(validation) == 2 and validation[0]['data_samples'].gt_sem_seg.data.max() == 255
    model = MODELS.build(config.model)
    assert model.decode_head.num_classes == model.auxiliary_head.num_classes == 3


def test_a_study_compares_the_three_settings(own):
    study = Study(config=load_study_config('my_study.py'), out=own / 'out', repository=ROOT)
    study.check()
    jobs = Plan(study=study).jobs()
    assert [job.kind for job in jobs if job.name.endswith('seed 0')].count('deeplabv3plus') == 3
    commands = {job.name: ' '.join(job.command) for job in jobs}
    mixed = commands['deeplabv3plus, real+synthetic, 100 labels, seed 0']
    assert f'train_dataloader.dataset.datasets.1.root={study.synthetic(100, 0)}' in mixed
    assert 'train_dataloader.sampler.ratio=[1,1]' in mixed
    init_default_scope('mmseg')
    for setting, kind in (('real', 'BaseSegDataset'), ('synthetic', 'SyntheticDataset')):
        config = Config.fromfile(f'my_deeplabv3plus_{setting}.py')
        assert config.train_dataloader.dataset.type.endswith(kind)
        assert config.train_dataloader.sampler == dict(type='InfiniteSampler', shuffle=True)
        command = commands[f'deeplabv3plus, {setting}, 100 labels, seed 0']
        assert (f'train_dataloader.dataset.root={study.synthetic(100, 0)}' in command) == (setting == 'synthetic')
    assert len(DATASETS.build(Config.fromfile('my_deeplabv3plus_real.py').train_dataloader.dataset)) == 4


def test_the_template_is_stable_diffusions_decoder(own, monkeypatch):
    config = Config.fromfile(TEMPLATES / 'my_decoder.py')
    paper = Config.fromfile(ROOT / 'configs/datasetdm/voc_100shot.py')
    assert config.model.backbone.generator == paper.model.backbone.generator
    assert (config.model.decode_head.pixel_decoder.feat_channels, config.train_cfg.max_iters) == (256, 50000)
    assert config.model.backbone.class_phrases == ('cat', 'dog') and config.model.decode_head.num_classes == 3
    init_default_scope('mmseg')
    for ours, theirs in ((config.train_pipeline, paper.train_pipeline), (config.test_pipeline, paper.test_pipeline)):
        assert [step.type for step in ours] == [step.type for step in theirs]
        for step in ours:
            TRANSFORMS.build(step)


def test_its_prompts_are_what_the_command_in_it_writes(own, tmp_path):
    command = re.search(
        r'prompts\.py (write --classes (\S+) --num 100 --out) my_prompts\.txt', (own / 'my_recipe.py').read_text()
    )
    assert prompts.main([*command[1].split(), str(tmp_path / 'again.txt')]) == 0
    assert (tmp_path / 'again.txt').read_bytes() == (TEMPLATES / 'my_prompts.txt').read_bytes()
    classes = Config.fromfile(TEMPLATES / 'my_decoder.py').classes
    assert load_prompts(own / 'my_recipe.py').classes == tuple(command[2].split(',')) == tuple(classes)[1:]


def test_without_a_background(own):
    path = own / 'my_decoder.py'
    text = path.read_text(encoding='utf-8').replace("('background', 'cat', 'dog')", "('sky', 'traffic_light')")
    path.write_text(
        text.replace("= 'background'", '= None').replace('dict()', "dict(traffic_light='traffic light')"),
        encoding='utf-8',
    )
    config = Config.fromfile(path)
    assert config.model.backbone.class_phrases == ('sky', 'traffic light')
    assert TRANSFORMS.build(config.named).background is None
