"""The studies of the paper's tables on the built-in world: its generator, decoders and small stock models in the
place of the paper's, a handful of its images, and the rows, settings and overrides of the tables as they are.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from mmdatasetdm.datasets.conversion import label_table
from mmdatasetdm.study import Study, StudyConfig, load_study_config
from mmdatasetdm.study.overrides import Overrides
from mmdatasetdm.toyroom.captions import CLASSES
from mmdatasetdm.toyroom.paths import TOYROOM_DATA
from mmdatasetdm.utils.config import is_type
from tests.configs.studies import ROOT, ours_beside_the_papers, run_study

pytestmark = pytest.mark.skipif(not TOYROOM_DATA.is_dir(), reason=f'{TOYROOM_DATA} is not there')
HELD_OUT = ('val', 'test', 'test_street')
# as Cityscapes' 19 classes become 8 (supp. table 3)
MERGED = dict(
    background=['background'],
    person=['person'],
    furniture=['chair', 'table', 'sofa', 'cabinet', 'bed'],
    things=['lamp', 'plant', 'ball', 'vase', 'television'],
    dog=['dog'],
)


@pytest.fixture(scope='module')
def world(tmp_path_factory) -> Path:
    """The labelled sets of the built-in world with 8 images to train on and 2 in each list to test on."""
    root = tmp_path_factory.mktemp('world')
    for name in ('JPEGImages', 'SegmentationClass', 'Depth'):
        (root / name).mkdir()
    (root / 'ImageSets/Segmentation').mkdir(parents=True)
    (root / 'Annotations').mkdir()
    shutil.copy(TOYROOM_DATA / 'captions.jsonl', root)
    for part in ('train_20', *HELD_OUT):
        people = json.loads((TOYROOM_DATA / f'Annotations/person_keypoints_{part}.json').read_text())
        shown = {one['image_id'] for one in people['annotations']}
        images = [image for image in people['images'] if image['id'] in shown]
        images = images[: 8 if part == 'train_20' else 2]
        names = [Path(image['file_name']).stem for image in images]
        for folder in ('JPEGImages', 'SegmentationClass', 'Depth'):
            for name in names:
                (file,) = (TOYROOM_DATA / folder).glob(f'{name}.*')
                (root / folder / file.name).symlink_to(file)
        lists = {'ImageSets/Segmentation/{}.txt': '\n'.join(names) + '\n'}
        for kind in ('instances', 'person_keypoints'):
            coco = json.loads((TOYROOM_DATA / f'Annotations/{kind}_{part}.json').read_text())
            coco['images'] = [image for image in coco['images'] if Path(image['file_name']).stem in names]
            kept = {image['id'] for image in coco['images']}
            coco['annotations'] = [one for one in coco['annotations'] if one['image_id'] in kept]
            lists[f'Annotations/{kind}_{{}}.json'] = json.dumps(coco)
        # the tables' numbers of labels, all of these same images
        numbers = (9, 20, 50, 60, 99, 100, 200, 250, 400, 450, 600, 800) if part == 'train_20' else ()
        for file, text in lists.items():
            for one in [f'train_{number}' for number in numbers] or [part]:
                (root / file.format(one)).write_text(text)
    return root


def moved(path: str, folder: Path, root: Path, change: Callable[[dict], dict]) -> str:
    """A copy of a config of the built-in world that reads its images from ``root``, the labelled ones by a
    FewShotDataset, as the paper's configs do.
    """
    config = Config.fromfile(ROOT / path)
    old = config.data_root
    values = _walk(config.to_dict(), lambda value: value.replace(old, str(root)) if isinstance(value, str) else value)
    loader = values['train_dataloader']
    loader['dataset'] = _few_shot(loader['dataset'])
    Config(change(values)).dump(folder / Path(path).name)
    return str(folder / Path(path).name)


def _walk(value: Any, change: Callable[[Any], Any]) -> Any:
    """A copy of a config with its lists, then what is in them, changed."""
    if isinstance(value, Mapping):
        return {key: _walk(one, change) for key, one in value.items()}
    changed = change(value)
    return type(changed)(_walk(one, change) for one in changed) if isinstance(changed, list | tuple) else changed


def _few_shot(dataset: dict) -> dict:
    if dataset['type'] == 'ConcatDataset':
        return dict(dataset, datasets=[_few_shot(part) for part in dataset['datasets']])
    if any(is_type(dataset, kind) for kind in ('FewShotDataset', 'SyntheticDataset')):
        return dataset
    return dict(type='mmdatasetdm.FewShotDataset', dataset=dataset, check=False)


def on_the_built_in_world(
    name: str, other: str, models: Mapping[str, str], folder: Path, root: Path, change: Callable[[dict], dict] = dict
) -> StudyConfig:
    """The study of a table with the configs of a study of the built-in world.

    Args:
        name: of the table's study.
        other: of the study whose recipe, decoder and lists are taken.
        models: that study's stock models by their names in the table.
        folder: for the copies of configs.
        root: the images.
        change: of the configs.
    """
    table, own = (load_study_config(ROOT / f'configs/studies/{study}.py') for study in (name, other))
    made = {
        model: {setting: moved(own.models[stock][setting], folder, root, change) for setting in table.models[model]}
        for model, stock in models.items()
    }
    labels = table.labels or tuple(dict.fromkeys([*table.decoders, *table.labelled]))
    return replace(
        own,
        path=table.path,
        task=table.task,
        metrics=table.metrics,
        models=made,
        decoders={labels[0]: moved(next(iter(own.decoders.values())), folder, root, change)},
        data_root=str(root),
        labels=labels,
        seeds=table.seeds,
        settings=table.settings,
        overrides={model: change for model, change in table.overrides.items() if model in models},
        paper=replace(table.paper, rows=tuple(row for row in table.paper.rows if row.model in models)),
    )


def merge_classes(values: dict) -> dict:
    """A config of the 13 classes with the merged ones."""

    def change(value: Any) -> Any:
        if value == len(CLASSES) and not isinstance(value, str):
            return len(MERGED)
        if not isinstance(value, list | tuple) or len(value) < len(CLASSES) - 1:
            return value
        for first in (0, 1):
            if tuple(value) == CLASSES[first:]:
                return list(MERGED)[first:]
        if list(value) == list(range(1, len(CLASSES))):  # the classes of the phrases
            return list(range(1, len(MERGED)))
        if all(isinstance(one, list | tuple) for one in value):  # the palette
            return value[: len(MERGED)]
        return value[-len(MERGED) - 1 :] if len(value) == len(CLASSES) + 1 else value  # their weights, and "no object"

    return _walk(values, change)


def merged(world: Path, root: Path) -> Path:
    """The same images with fewer classes."""
    shutil.copytree(world, root, symlinks=True)
    shutil.rmtree(root / 'SegmentationClass')
    (root / 'SegmentationClass').mkdir()
    ids = {name: [CLASSES.index(one) for one in parts] for name, parts in MERGED.items()}
    table = label_table(ids, classes=list(MERGED))
    for path in (world / 'SegmentationClass').iterdir():
        Image.fromarray(table[np.asarray(Image.open(path))]).save(root / 'SegmentationClass' / path.name)
    return root


def training(study: Study, model: str, labels: int, setting: str) -> Config:
    """The config that a training left, with the options of its row."""
    (left,) = study.run(model, labels, setting, 0).glob('*.py')
    return Config.fromfile(left).train_dataloader.dataset


def rows_of(study: Study, table: str, count: int) -> None:
    """Every row that was run has our number beside the paper's."""
    runs = study.runs()
    assert len(runs) == count
    ours = ours_beside_the_papers(study, table)
    rows = {(row.model, str(row.labels), row.setting, name) for row in study.config.paper.rows for name in row.scores}
    ran = {(run['model'], str(run['labels']), run['setting']) for run in runs}
    shown = {row for row in rows if row[:3] in ran}
    assert shown and all(ours[row] for row in shown), ours


def test_table_1_objects_of_one_class(world, tmp_path, monkeypatch):
    models = dict(mask2former_r50='mask2former')
    config = on_the_built_in_world('supp_table_1', 'toyroom_instance', models, tmp_path, world)
    agnostic = {'val_evaluator.type': 'mmdatasetdm.ClassAgnosticCocoMetric', 'val_evaluator.metric': 'segm'}
    config = replace(config, overrides=dict(mask2former_r50=Overrides(options=agnostic)))
    study, _, table = run_study(config, tmp_path, monkeypatch, settings=('real+synthetic',))
    rows_of(study, table, 1)


def test_table_2_keypoints(world, tmp_path, monkeypatch):
    models = dict(hrnet_w32_384x288='hrnet')
    config = on_the_built_in_world('supp_table_2', 'toyroom_pose', models, tmp_path, world)
    study, _, table = run_study(config, tmp_path, monkeypatch)
    rows_of(study, table, 2)  # the table has no synthetic row of it


def test_table_3_merged_classes(world, tmp_path, monkeypatch):
    root = merged(world, tmp_path / 'merged')
    models = dict(mask2former_r50='mask2former')
    config = on_the_built_in_world('supp_table_3', 'toyroom_semantic', models, tmp_path, root, merge_classes)
    config = replace(config, metrics=config.metrics[:1])  # none of the merged classes is void
    line = dict(text='a room with a red chair and a dog', classes=['furniture', 'dog'])
    (root / 'prompts.jsonl').write_text(json.dumps(line) + '\n')
    names = ('prompts._delete_=True', 'prompts.type=file', f'prompts.path={root}/prompts.jsonl')
    study, _, table = run_study(config, tmp_path, monkeypatch, settings=('real+synthetic',), recipe_options=names)
    rows_of(study, table, 1)
    found = set(study.runs()[0]['classes'])  # without those that nothing shows
    assert {'person', 'furniture'} <= found <= set(MERGED)


def test_table_4_augmentations(world, tmp_path, monkeypatch):
    models = dict(deeplabv3plus_mobilenet_crop='mobilenet', deeplabv3plus_mobilenet='mobilenet')
    config = on_the_built_in_world('supp_table_4', 'toyroom_semantic', models, tmp_path, world)
    study, jobs, table = run_study(config, tmp_path, monkeypatch)
    assert [job.kind for job in jobs] == ['decoder', 'sample', *[name for name in models for _ in range(2)]]
    rows_of(study, table, 4)
    for name in models:
        parts = [training(study, name, 100, 'real'), *training(study, name, 100, 'real+synthetic').datasets]
        for part in parts:
            kept = {step.type for step in part.dataset.pipeline} - set(part.get('leave_out') or ())
            augmentations = {'RandomFlip', 'PhotoMetricDistortion'} & kept
            assert len(augmentations) == (0 if name.endswith('_crop') else 2) and 'RandomCrop' in kept


def test_table_6_depth(world, tmp_path, monkeypatch):
    config = on_the_built_in_world(
        'supp_table_6', 'toyroom_depth', dict(depthformer_swin_l='depthformer'), tmp_path, world
    )
    study, _, table = run_study(config, tmp_path, monkeypatch, labels=(50,), settings=('real+synthetic',))
    rows_of(study, table, 1)


def test_table_7_seen_and_unseen_classes(world, tmp_path, monkeypatch):
    models = dict(mask2former_r101='deeplabv3plus')
    config = on_the_built_in_world('supp_table_7', 'toyroom_openvocab', models, tmp_path, world)
    study, _, table = run_study(config, tmp_path, monkeypatch)
    rows_of(study, table, 1)
    assert set(study.unseen) == {'sofa', 'ball', 'dog'}
    scores = study.runs()[0]['scores']
    assert set(scores) == {'seen', 'unseen', 'harmonic'}


def test_table_8_numbers_of_labels(world, tmp_path, monkeypatch):
    models = dict(deeplabv3_r101='deeplabv3', mask2former_r50='mask2former')
    config = on_the_built_in_world('supp_table_8', 'toyroom_semantic', models, tmp_path, world)
    study, jobs, table = run_study(config, tmp_path, monkeypatch, labels=(60, 100))
    assert [job.kind for job in jobs] == ['decoder', 'sample', 'decoder', 'label', *models]
    rows_of(study, table, 2)  # DeepLabV3 of 60, Mask2Former of 100
    assert {(run['model'], run['labels']) for run in study.runs()} == set(zip(models, (60, 100), strict=True))


def test_table_9_another_domain(world, tmp_path, monkeypatch):
    models = dict(mask2former_r50='deeplabv3plus')
    config = on_the_built_in_world('supp_table_9_cityscapes', 'toyroom_semantic', models, tmp_path, world)
    # trained on rooms, tested on streets; the three classes' mean is all classes' here
    tested = replace(config, test_list='ImageSets/Segmentation/test_street.txt')
    metrics = (replace(config.metrics[0], key='mIoU'),)
    study, _, table = run_study(replace(tested, metrics=metrics), tmp_path, monkeypatch)
    rows_of(study, table, 2)
    streets = (world / 'ImageSets/Segmentation/test_street.txt').read_text().split()
    (left,) = study.run('mask2former_r50', study.labels[0], 'synthetic', 0).glob('*.py')
    assert Config.fromfile(left).val_dataloader.dataset.ann_file.endswith('test_street.txt') and len(streets) == 2


def test_size_of_the_synthetic_set(world, tmp_path, monkeypatch):
    models = dict.fromkeys(('mask2former_swin_b_100', 'mask2former_swin_b_400', 'mask2former_swin_b'), 'deeplabv3plus')
    config = on_the_built_in_world('voc_size', 'toyroom_semantic', models, tmp_path, world)
    overrides = {
        name: replace(change, synthetic=dict(num=change.synthetic['num'] // 100))
        for name, change in config.overrides.items()
    }
    study, _, table = run_study(replace(config, overrides=overrides), tmp_path, monkeypatch)
    rows_of(study, table, 3)
    numbers = [training(study, name, 100, 'real+synthetic').datasets[1].get('num') for name in models]
    assert numbers == [1, 4, None]
