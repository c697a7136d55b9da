"""The decoder configs train, resume and test; short runs on a tiny generator and made-up images."""

import os
import subprocess
import sys
from pathlib import Path

import mmseg
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from PIL import Image

from mmdatasetdm.datasets.choice import Candidates
from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.engine.work_dir import last_checkpoint
from mmdatasetdm.errors import UserError

ROOT = Path(__file__).parents[2]
STOCK = Path(mmseg.__file__).parent / '.mim' / 'tools'
WORDS = ['sofa', 'lamp']


def write_images(root: Path, lists: dict[str, int], *, classes: int, size: tuple[int, int]) -> Path:
    """A VOC-like folder: image i shows a square of class 1 + i % (classes - 1) in a colour of that class."""
    for folder in ('JPEGImages', 'SegmentationClass', 'ImageSets/Segmentation'):
        (root / folder).mkdir(parents=True)
    width, height = size
    random = np.random.default_rng(0)
    colours = random.integers(0, 255, (classes, 3), dtype=np.uint8)
    for name, count in lists.items():
        names = [f'{name}_{index:03}' for index in range(count)]
        (root / 'ImageSets/Segmentation' / f'{name}.txt').write_text('\n'.join(names) + '\n')
        for index, image_name in enumerate(names):
            mask = np.zeros((height, width), np.uint8)
            y, x = random.integers(0, height // 2), random.integers(0, width // 2)
            mask[y : y + height // 2, x : x + width // 2] = 1 + index % (classes - 1)
            Image.fromarray(colours[mask]).save(root / 'JPEGImages' / f'{image_name}.jpg')
            Image.fromarray(mask).save(root / 'SegmentationClass' / f'{image_name}.png')
    return root


@pytest.fixture
def toyroom(tmp_path) -> Path:
    return write_images(tmp_path / 'toyroom', {'train_20': 20, 'val': 4, 'test': 4}, classes=13, size=(128, 128))


def toyroom_options(root: Path, generator: Path, cache: Path) -> dict:
    return {
        'model.backbone.generator': str(generator),
        'model.backbone.cache': str(cache),
        'model.backbone.class_phrases': WORDS,
        'train_dataloader.batch_size': 2,
        'train_dataloader.dataset.data_root': str(root),
        'val_dataloader.dataset.data_root': str(root),
        'test_dataloader.dataset.data_root': str(root),
        'train_cfg.max_iters': 4,
        'train_cfg.val_interval': 2,
        'default_hooks.checkpoint.interval': 2,
    }


def as_arguments(options: dict) -> list[str]:
    written = {key: f'[{",".join(value)}]' if isinstance(value, list) else value for key, value in options.items()}
    return [f'{key}={value}' for key, value in written.items()]


def run(tool: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(tool), *arguments], cwd=ROOT, capture_output=True, text=True, env=None, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


def test_the_stock_tools_train_resume_and_test(toyroom, toy_generator_folder, tmp_path):
    config = 'configs/datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py'
    options = toyroom_options(toyroom, toy_generator_folder, tmp_path / 'cache')
    work_dir = tmp_path / 'work'
    run(STOCK / 'train.py', config, '--work-dir', str(work_dir), '--cfg-options', *as_arguments(options))
    last = last_checkpoint(work_dir, config=config)
    assert last.name == 'iter_4.pth' and not list(work_dir.glob('best*'))
    checkpoint = torch.load(last, weights_only=False)
    assert {key.split('.')[0] for key in checkpoint['state_dict']} == {'backbone', 'decode_head'}
    weights = sum(tensor.nbytes for tensor in checkpoint['state_dict'].values())
    assert weights < 5e6, 'the generator is no part of it'
    resumed = run(
        STOCK / 'train.py',
        *(config, '--work-dir', str(work_dir), '--resume', '--cfg-options'),
        *as_arguments({**options, 'train_cfg.max_iters': 6}),
    )
    assert 'resumed epoch: 0, iter: 4' in resumed and (work_dir / 'iter_6.pth').is_file()
    last = last_checkpoint(work_dir, config=config)
    tested = run(
        STOCK / 'test.py', config, str(last), '--work-dir', str(work_dir), '--cfg-options', *as_arguments(options)
    )
    assert 'mIoU' in tested


@pytest.fixture
def voc(tmp_path) -> Path:
    return write_images(tmp_path / 'voc', {'train': 120, 'val': 2}, classes=21, size=(100, 75))


def voc_config(root: Path, generator: Path, tmp_path: Path) -> Config:
    config = Config.fromfile(ROOT / 'configs/datasetdm/voc_100shot.py')
    data = {f'{part}_dataloader.dataset.dataset.data_root': str(root) for part in ('train', 'val', 'test')}
    workers = {
        f'{part}_dataloader.{key}': value
        for part in ('train', 'val')
        for key, value in (('num_workers', 0), ('persistent_workers', False))
    }
    config.merge_from_dict(
        {
            'model.backbone.generator': str(generator),
            'model.backbone.class_phrases': WORDS,
            'model.decode_head.pixel_decoder.feat_channels': 16,
            'model.decode_head.transformer_decoder.num_layers': 2,
            'model.decode_head.transformer_decoder.feedforward_channels': 16,
            'train_dataloader.dataset.pipeline.2.variants': 1,
            **data,
            **workers,
            **{'train_cfg.max_iters': 2, 'train_cfg.val_interval': 2, 'default_hooks.checkpoint.interval': 2},
            'work_dir': str(tmp_path / 'work'),
            'experiment_name': tmp_path.name,
        }
    )
    return config


def test_voc_trains_on_a_local_generator_and_data_root(voc, toy_generator_folder, tmp_path, monkeypatch):
    config = voc_config(voc, toy_generator_folder, tmp_path)
    monkeypatch.chdir(tmp_path)
    runner = Runner.from_cfg(config)
    runner.train()
    assert len(runner.train_dataloader.dataset) == 100
    assert last_checkpoint(tmp_path / 'work').name == 'iter_2.pth'
    names = (voc / 'ImageSets/Segmentation/train.txt').read_text().split()
    (kept,) = (tmp_path / 'work_dirs/few_shot').iterdir()
    shown = np.eye(21)[[1 + int(name[-3:]) % 20 for name in names]]
    chosen = Candidates(names=names, fractions=shown, classes=[f'{index}' for index in range(21)], background=0)
    assert kept.read_text().split() == [names[index] for index in chosen.per_class(5)]

    # a crop that comes again is not encoded again, whatever names its text has
    encoded, encode = [], DiffusionModel.encode_images
    monkeypatch.setattr(DiffusionModel, 'encode_images', lambda self, x: (encoded.append(len(x)), encode(self, x))[1])
    for prompt in ('a photo of a chair', 'a photo of a lamp', ''):
        item = runner.train_dataloader.dataset[0]
        data = runner.model.data_preprocessor({key: [value] for key, value in item.items()}, training=True)
        runner.model.backbone(data['inputs'], [prompt])
    stored = list((tmp_path / 'work_dirs/feature_cache').rglob('*.safetensors'))
    assert sum(encoded) <= 1 and len(stored) == 4 + sum(encoded), 'two of training and two of validation'
    assert all(16 * 64 * 64 * 2 <= path.stat().st_size < 16 * 64 * 64 * 2 + 200 for path in stored), 'latents alone'


def test_what_to_download_is_said_when_voc_is_absent(toy_generator_folder, tmp_path):
    config = voc_config(tmp_path / 'nothing', toy_generator_folder, tmp_path)
    runner = Runner.from_cfg(config)
    with pytest.raises(UserError, match=r'nothing/JPEGImages does not exist. Download http.*VOCtrainval') as raised:
        runner.train()
    assert '\n' not in str(raised.value)


PHOTOGRAPHS = Path(os.environ.get('MMDATASETDM_TEST_DATA', ROOT / '../shared/data')).resolve()


@pytest.fixture
def real_data(tmp_path, monkeypatch):
    """``real_data('nyu')``: let the configs find a part of a real data set by the variable that names its folder."""

    def find(name: str) -> None:
        folder = PHOTOGRAPHS / name
        if not folder.is_dir():
            pytest.skip(f'no {name} in {PHOTOGRAPHS}: set MMDATASETDM_TEST_DATA')
        if name == 'coco_pose':  # its files under the names that COCO gives them
            links = {'train2017': 'images', 'val2017': 'images'}
            for part in ('train', 'val'):
                file = 'annotations/person_keypoints_{}.json'
                links[file.format(f'{part}2017')] = file.format(part)
            (tmp_path / 'coco/annotations').mkdir(parents=True)
            for link, target in links.items():
                (tmp_path / 'coco' / link).symlink_to(folder / target)
            name, folder = 'coco', tmp_path / 'coco'
        monkeypatch.setenv(f'MMDATASETDM_{name.upper()}', str(folder))

    return find


@pytest.mark.parametrize(
    ('name', 'folder', 'count', 'few', 'score', 'best'),
    [
        ('datasetdm_toyroom_semantic-100shot_1xb4-500iters_camvid-256x256', 'camvid', 100, 'num', 'mIoU', 100),
        ('datasetdm_toyroom_depth-50shot_1xb4-500iters_nyu-256x256', 'nyu', 50, 'num', 'd1', 1),
        ('datasetdm_toyroom_depth-250shot_1xb4-500iters_nyu-256x256', 'nyu', 250, 'num', 'd1', 1),
        ('datasetdm_toyroom_pose-400shot_1xb8-1k_coco-128x128', 'coco_pose', 1148, 'images', 'coco/AP', 1),
    ],
)
def test_training_on_photographs(name, folder, count, few, score, best, toy_generator_folder, tmp_path, real_data):
    real_data(folder)
    config = Config.fromfile(ROOT / f'configs/datasetdm/{name}.py')
    config.merge_from_dict(
        {
            **{'model.backbone.generator': str(toy_generator_folder), 'model.backbone.cache': None},
            **{'train_cfg.max_iters': 1, 'train_cfg.val_interval': 1, 'default_hooks.checkpoint.interval': 1},
            **{f'val_dataloader.dataset.{few}': 4, 'train_dataloader.batch_size': 1},
            **{'work_dir': str(tmp_path), 'experiment_name': name},
        }
    )
    runner = Runner.from_cfg(config)
    runner.train()
    assert len(runner.train_dataloader.dataset) == count
    assert -1 <= runner.message_hub.get_scalar(f'val/{score}').current() <= best
