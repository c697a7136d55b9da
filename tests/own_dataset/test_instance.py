"""Objects with masks: COCO files and configs that train."""

import json
import shutil

import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.recipe import load_prompts
from mmdatasetdm.own_dataset.build import Answers, new_dataset
from mmdatasetdm.registry import DATASETS, MODELS
from tests.own_dataset.conftest import run

pytestmark = pytest.mark.usefixtures('here')


def test_from_a_coco_file_to_a_decoder_and_a_stock_model(coco, tmp_path, monkeypatch, toy_generator_folder):
    out = new_dataset(coco, task='instance', out=tmp_path / 'made', answers=Answers()).folder
    written = json.loads((out / 'instances_train.json').read_text())
    assert [one['name'] for one in written['categories']] == ['person', 'dog'] and len(written['images']) == 4
    assert [one['category_id'] for one in written['annotations']] == [1, 2, 1, 2]
    assert (out / 'labels.png').is_file()

    workers = [
        f'{part}_dataloader.{key}' for part in ('train', 'val') for key in ('num_workers=0', 'persistent_workers=0')
    ]
    small = ['train_cfg.max_iters=2', 'train_cfg.val_interval=2', 'default_hooks.checkpoint.interval=2']
    small.append('default_hooks.visualization.interval=1')  # pictures of the validation, in the palette
    tiny = [f'model.backbone.generator={toy_generator_folder}', 'model.backbone.cache=None']
    head = [
        f'model.panoptic_head.{option}'
        for option in ('pixel_decoder.feat_channels=16', 'loss.num_points=64', 'transformer_decoder.num_layers=1')
    ]
    options = [*workers, *small, *tiny, *head, 'train_dataloader.batch_size=1']
    run(monkeypatch, 'train', 'made/zoo_decoder.py', '--cfg-options', *options)
    assert (tmp_path / 'work_dirs/zoo_decoder/iter_2.pth').is_file()

    sampler = ['sampler.steps=1', 'sampler.height=64', 'sampler.width=64', f'generator={toy_generator_folder}']
    assert tuple(load_prompts('made/zoo_recipe.py').classes) == ('person', 'dog')
    shutil.copy('work_dirs/zoo_decoder/zoo_decoder.py', out / 'zoo_decoder.py')  # the small one that was trained
    sure = ['decoders.instance.min_score=0.0', 'decoders.instance.ignore_score=0.0']
    arguments = ['--num', '2', '--out', 'data/synthetic/zoo', '--cfg-options', *sampler, *sure]
    run(monkeypatch, 'generate', 'made/zoo_recipe.py', *arguments)
    config = Config.fromfile(out / 'zoo_mask2former_real.py')
    init_default_scope('mmdet')
    assert len(DATASETS.build(config.train_dataloader.dataset)) == 4
    assert len(DATASETS.build(config.val_dataloader.dataset)) == 2
    mixed = Config.fromfile(out / 'zoo_mask2former.py')
    assert len(DATASETS.build(mixed.train_dataloader.dataset).datasets[0]) == 4
    mixed.model.backbone.init_cfg = None
    assert MODELS.build(mixed.model).panoptic_head.num_classes == 2


def test_what_has_no_masks(coco, pairs, tmp_path):
    path = coco / 'annotations/instances_val.json'
    content = json.loads(path.read_text())
    content['annotations'][0]['segmentation'] = []
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match=r'instances_val.json, annotation 0: a box without a mask'):
        new_dataset(coco, task='instance', out=tmp_path / 'made', answers=Answers())
    with pytest.raises(UserError, match='no labels for --task instance'):
        new_dataset(pairs, task='instance', out=tmp_path / 'made', answers=Answers())
