"""Persons with keypoints: COCO files and configs that train."""

import json
import shutil

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.recipe import load_prompts
from mmdatasetdm.own_dataset.build import Answers, NewDataset, new_dataset
from mmdatasetdm.own_dataset.pose import mirrored
from mmdatasetdm.registry import DATASETS, MODELS
from mmdatasetdm.study import Plan, Study, load_study_config
from tests.own_dataset.conftest import ROOT, person_content, put_images, run

pytestmark = pytest.mark.usefixtures('here')


def build(root, tmp_path, change=lambda content: None) -> NewDataset:
    content = person_content([f'{index}.jpg' for index in range(4)])
    change(content)
    (root / 'annotations/person_keypoints_train.json').write_text(json.dumps(content))
    return new_dataset(root, task='pose', out=tmp_path / 'made', answers=Answers())


def test_from_a_coco_file_to_a_decoder_and_a_stock_model(persons, tmp_path, monkeypatch):
    out = build(persons, tmp_path).folder
    written = json.loads((out / 'keypoints_train.json').read_text())
    assert [one['num_keypoints'] for one in written['annotations']] == [4] * 4 and len(written['images']) == 4

    workers = [
        f'{part}_dataloader.{key}' for part in ('train', 'val') for key in ('num_workers=0', 'persistent_workers=0')
    ]
    small = ['train_cfg.max_iters=2', 'train_cfg.val_interval=2', 'default_hooks.checkpoint.interval=2']
    options = [*workers, *small, 'model.neck.pixel_decoder.feat_channels=16', 'train_dataloader.batch_size=1']
    run(monkeypatch, 'train', 'made/team_decoder.py', '--cfg-options', *options)
    assert (tmp_path / 'work_dirs/team_decoder/iter_2.pth').is_file()

    assert tuple(load_prompts('made/team_recipe.py').classes) == ('person',)
    shutil.copy('work_dirs/team_decoder/team_decoder.py', out / 'team_decoder.py')  # the small one that was trained
    sampler = ['sampler.steps=1', 'decoders.pose.visible=0.0', 'decoders.pose.labelled=0.0']  # it is sure of nothing
    run(monkeypatch, 'generate', 'made/team_recipe.py', '--num', '2', '--out', 'data/synthetic/team', '--cfg-options',
        *sampler)  # fmt: skip

    init_default_scope('mmpose')
    mixed = Config.fromfile(out / 'team_simplebaseline.py')
    real, synthetic = DATASETS.build(mixed.train_dataloader.dataset).datasets
    assert len(real) == 4 and len(synthetic) == 2
    for one in (real, synthetic):
        assert one.metainfo['flip_indices'] == [0, 2, 1, 4, 3] and one[0]['inputs'].shape == (3, 256, 192)
    assert len(DATASETS.build(mixed.val_dataloader.dataset)) == 2
    for kind, count in (('real', 4), ('synthetic', 2)):
        alone = Config.fromfile(out / f'team_simplebaseline_{kind}.py')
        assert len(DATASETS.build(alone.train_dataloader.dataset)) == count
    mixed.model.backbone.init_cfg = None
    assert MODELS.build(mixed.model).head.final_layer.out_channels == 5

    study = Study(config=load_study_config(out / 'team_study.py'), out=tmp_path / 'study', repository=ROOT)
    study.check()
    commands = {job.name: ' '.join(job.command) for job in Plan(study=study).jobs()}
    assert 'ratio=[1,1]' in commands['simplebaseline, real+synthetic, 4 labels, seed 0']


def test_the_picture_has_the_bones(persons, tmp_path):
    picture = np.asarray(Image.open(build(persons, tmp_path).folder / 'labels.png')).astype(int)
    # photographs are grey: what is coloured was drawn, above all on the lines between keypoints
    coloured = np.ptp(picture[20:260, :320], axis=2) > 100
    nose, wrist = (55, 24), (45, 40)
    for part in (0.25, 0.5, 0.75):
        x, y = (2 + (a + (b - a) * part) * 316 / 128 for a, b in zip(nose, wrist, strict=True))
        assert coloured[round(y) - 4 : round(y) + 5, round(x) - 4 : round(x) + 5].any()
    assert not coloured[:30].any(), 'above the head there is nothing'


def test_what_teaches_nothing_is_said_and_left_out(persons, tmp_path):
    def change(content):
        first, second, third, fourth = content['annotations']
        first['keypoints'] = [0] * 15
        second['keypoints'][0] = 500
        third['bbox'] = [0, 0, 0, 0]
        fourth['iscrowd'] = 1

    made = build(persons, tmp_path, change)
    left = json.loads((made.folder / 'keypoints_train.json').read_text())['annotations']
    assert [one['image_id'] for one in left] == [2, 3] and left[0]['keypoints'][:3] == [0, 0, 0]
    assert left[0]['num_keypoints'] == 3 and left[1]['num_keypoints'] == 4
    x, y, width, height = left[1]['bbox']
    assert x < 45 < 65 < x + width and y < 24 < 58 < y + height, 'its keypoints lie in it'
    assert 'left out: 1 persons without a labelled keypoint, 1 crowds' in made.found.notes
    said = ' '.join(made.found.warnings)
    assert '1 keypoints lie outside of their image, as the nose of' in said and 'annotation 1' in said
    assert 'no training image has a labelled left_ankle' in said and '2 images show no class at all' in said
    assert '1 labelled, 50%' in made.table[1], 'the table counts what is left'


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda c: c['annotations'][0]['keypoints'].pop(), 'annotation 0: 14 values in "keypoints"; expected 15'),
        (lambda c: c['annotations'][2]['keypoints'].__setitem__(2, 3), r'annotation 2: nose is \[55.0, 24.0, 3.0\]'),
        (lambda c: c['annotations'][0].update(category_id=9), 'has category_id 9, which the file does not list'),
        (lambda c: c['categories'][0]['skeleton'].append([1, 6]), r'has \[1, 6\]; a bone is two numbers from 1 to 5'),
        (lambda c: c['categories'][0].pop('keypoints'), 'has no "keypoints", the list of their names'),
        (lambda c: [one.update(keypoints=[]) for one in c['annotations']], 'no training image shows any class'),
    ],
)
def test_what_is_wrong(persons, tmp_path, change, message):
    with pytest.raises(UserError, match=message):
        build(persons, tmp_path, change)
    assert not (tmp_path / 'made').exists()


def test_other_labels_have_no_keypoints(pairs, tmp_path):
    with pytest.raises(
        UserError,
        match='no labels for --task pose were found; expected COCO JSON whose category lists "keypoints", or YOLO',
    ):
        new_dataset(pairs, task='pose', out=tmp_path / 'made', answers=Answers())


def test_other_categories_are_left_out(persons, tmp_path):
    def change(content):
        content['categories'].insert(0, dict(id=7, name='ball'))
        content['annotations'][0]['category_id'] = 7

    for part in ('train', 'val'):
        content = person_content(['4.jpg', '5.jpg'])
        content['categories'].insert(0, dict(id=7, name='ball'))
        (persons / f'annotations/person_keypoints_{part}.json').write_text(json.dumps(content))
    made = build(persons, tmp_path, change)
    assert made.found.classes == ['person']
    assert 'only person has keypoints: 1 objects of 1 other categories (ball) are left out' in made.found.notes
    assert len(json.loads((made.folder / 'keypoints_train.json').read_text())['annotations']) == 3


def test_yolos_persons(tmp_path):
    root = tmp_path / 'Team'
    put_images(root, *(f'images/{index}.jpg' for index in range(3)))
    (root / 'labels').mkdir()
    for index in range(3):
        (root / f'labels/{index}.txt').write_text('0 0.5 0.5 0.5 0.5 0.5 0.25 2 0.25 0.5 1 0 0 0\n')
    (root / 'data.yaml').write_text('kpt_shape: [3, 3]\nflip_idx: [0, 2, 1]\nnames: [robot]\n')
    made = new_dataset(root, task='pose', out=tmp_path / 'made', answers=Answers())
    facts = Config.fromfile(made.folder / 'team_facts.py')
    assert facts.class_names == ['robot'] and facts.keypoints == ['keypoint_1', 'keypoint_2', 'keypoint_3']
    assert facts.flip_pairs == [['keypoint_2', 'keypoint_3']]
    (first, *_) = json.loads((made.folder / 'keypoints_train.json').read_text())['annotations']
    assert first['keypoints'] == [64, 24, 2, 32, 48, 1, 0, 0, 0] and first['bbox'] == [32, 24, 64, 48]


def test_names_tell_what_a_mirror_exchanges():
    assert mirrored(['nose', 'left_eye', 'right_eye']) == [['left_eye', 'right_eye']]
    assert mirrored(['R hip', 'L hip', 'LKnee', 'RKnee']) == [['L hip', 'R hip'], ['LKnee', 'RKnee']]
    assert mirrored(['finger_left_1', 'finger_left_2', 'finger_right_2']) == [['finger_left_2', 'finger_right_2']]
    assert mirrored(['leftEar', 'rightEar', 'ear', 'roof']) == [['leftEar', 'rightEar']]
