"""Images with depth maps: 16-bit maps in metres' parts, lists and configs that train."""

import shutil

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.build import Answers, NewDataset, new_dataset
from mmdatasetdm.registry import DATASETS, MODELS
from mmdatasetdm.study import Plan, Study, load_study_config
from tests.own_dataset.conftest import ROOM_NAMES, ROOT, SIZE, run, slope

pytestmark = pytest.mark.usefixtures('here')


def build(root, tmp_path, **answers) -> NewDataset:
    return new_dataset(root, task='depth', out=tmp_path / 'made', answers=Answers(**answers))


def test_from_depth_maps_to_a_decoder_and_a_stock_model(rooms, tmp_path, monkeypatch, toy_generator_folder):
    made = build(rooms, tmp_path)
    out = made.folder
    assert (out / 'train.txt').read_text().split() == [name for name in ROOM_NAMES if name != 'office']
    stored = np.asarray(Image.open(out / 'depth/hall.png'))
    assert stored.dtype == np.uint16 and np.abs(stored / 1000 - slope(2)).max() <= 0.001 and not stored[:4].any()
    assert '1.15 to 7.71 m' in made.table[0] and '4.2% of the pixels unknown' in made.table[0]

    tiny = [f'model.backbone.generator={toy_generator_folder}', 'model.decode_head.pixel_decoder.feat_channels=16']
    workers = [
        f'{part}_dataloader.{key}' for part in ('train', 'val') for key in ('num_workers=0', 'persistent_workers=0')
    ]
    small = ['train_cfg.max_iters=2', 'train_cfg.val_interval=2', 'default_hooks.checkpoint.interval=2']
    options = [*tiny, *workers, *small, 'train_dataloader.batch_size=1']
    run(monkeypatch, 'train', 'made/rooms_decoder.py', '--cfg-options', *options)
    assert (tmp_path / 'work_dirs/rooms_decoder/iter_2.pth').is_file()

    shutil.copy('work_dirs/rooms_decoder/rooms_decoder.py', out / 'rooms_decoder.py')  # the small one that was trained
    sampler = ['sampler.steps=1', 'sampler.height=64', 'sampler.width=64', f'generator={toy_generator_folder}']
    run(monkeypatch, 'generate', 'made/rooms_recipe.py', '--num', '2', '--out', 'data/synthetic/rooms', '--cfg-options',
        *sampler)  # fmt: skip

    mixed = Config.fromfile(out / 'rooms_depthformer.py')
    assert mixed.model.decode_head.max_depth == 8.0, 'the farthest wall is at 8 m'
    init_default_scope('mmseg')
    real, synthetic = DATASETS.build(mixed.train_dataloader.dataset).datasets
    assert len(real) == 5 and len(synthetic) == 2
    for one in (real, synthetic):
        item = one[0]
        assert item['inputs'].shape == (3, 416, 416)
        assert 0.1 < item['data_samples'].gt_depth_map.data.max() <= 8
    (held_out,) = DATASETS.build(mixed.val_dataloader.dataset)
    depth = held_out['data_samples'].gt_depth_map.data[0].numpy()
    np.testing.assert_allclose(depth, slope(4), atol=1e-3)  # at its own size
    for kind, count in (('real', 5), ('synthetic', 2)):
        alone = Config.fromfile(out / f'rooms_depthformer_{kind}.py')
        assert len(DATASETS.build(alone.train_dataloader.dataset)) == count
    mixed.model.backbone.pretrained = None
    assert MODELS.build(mixed.model).decode_head.max_depth == 8.0

    study = Study(config=load_study_config(out / 'rooms_study.py'), out=tmp_path / 'study', repository=ROOT)
    study.check()
    commands = {job.name: ' '.join(job.command) for job in Plan(study=study).jobs()}
    assert 'ratio=[1,1]' in commands['depthformer, real+synthetic, 5 labels, seed 0']


def test_the_picture_shows_image_and_depth_side_by_side(rooms, tmp_path):
    picture = np.asarray(Image.open(build(rooms, tmp_path).folder / 'labels.png')).astype(int)
    image, depth = picture[30:250, 20:300], picture[30:250, 340:620]
    assert np.ptp(image, axis=2).mean() < 50 < np.ptp(depth, axis=2).min(), 'photographs are grey, depths coloured'
    assert depth[5, 100, 0] > depth[5, 100, 2] and depth[-5, 100, 0] < 120, 'the top is near and red, the bottom far'


def test_kittis_distances_need_another_scale(rooms, tmp_path):
    for index, name in enumerate(ROOM_NAMES):
        depth = slope(index) * 10
        depth[::2] = 0
        Image.fromarray((depth * 256).astype(np.uint16)).save(rooms / f'depth/{name}.png')
    kitti = rooms.rename(tmp_path / 'my kitti')
    made = build(kitti, tmp_path)
    facts = Config.fromfile(made.folder / 'my_kitti_facts.py')
    assert (
        facts.depth_scale == 256 and facts.max_depth == 80.0 and facts.prompts == dict(type='file', path='cityscapes')
    )
    recipe = Config.fromfile(made.folder / 'my_kitti_recipe.py')
    assert recipe.writer.depth_scale == 256
    stored = np.asarray(Image.open(made.folder / 'depth/study.png')) / 256
    expected = slope(5) * 10
    expected[::2] = 0
    assert np.abs(stored - expected).max() < 0.01
    assert ('unit of depth', 'whole numbers, 256 a metre as in KITTI') in [one[:2] for one in made.found.questions]


def test_maps_without_depth_are_left_out_and_said(rooms, tmp_path):
    Image.fromarray(np.zeros(SIZE, np.uint16)).save(rooms / 'depth/hall.png')
    made = build(rooms, tmp_path)
    assert 'hall' not in (made.folder / 'train.txt').read_text()
    assert any('1 depth maps hold no depth at all' in line and 'hall.png' in line for line in made.found.warnings)


def test_another_generator_gets_the_papers_decoder(rooms, tmp_path):
    made = build(rooms, tmp_path, generator='somebody/no-such-model')
    config = Config.fromfile(made.folder / 'rooms_decoder.py')
    assert config.model.backbone.generator == 'somebody/no-such-model' and config.train_cfg.max_iters == 50000
    assert config.model.decode_head.pixel_decoder.feat_channels == 256


@pytest.mark.parametrize(
    ('answers', 'message'),
    [
        (dict(background='none'), 'depth has none'),
        (dict(words=dict(a='b')), 'depth has none'),
        (dict(classes=['a']), 'depth has none'),
    ],
)
def test_answers_that_are_none_for_depth(rooms, tmp_path, answers, message):
    with pytest.raises(UserError, match=message):
        build(rooms, tmp_path, **answers)
    with pytest.raises(UserError, match='--depth-scale is for --task depth, not for semantic'):
        new_dataset(rooms, task='semantic', out=tmp_path / 'made', answers=Answers(depth_scale=2.0))


def test_sizes_must_agree(rooms, tmp_path):
    Image.fromarray(np.full((10, 10), 2000, np.uint16)).save(rooms / 'depth/hall.png')
    with pytest.raises(UserError, match=r'hall.png: the labels are 10x10, but the image .*hall.jpg is 128x96'):
        build(rooms, tmp_path)
