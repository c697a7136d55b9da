"""Names that are dropped in training: which texts are met, how often, and what becomes of the labels."""

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmdatasetdm.datasets import DropClassNames
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import DATASETS, TRANSFORMS

NAMES = ('cat', 'dog', 'cow')


def texts(names=NAMES, count: int = 2000, **options) -> list:
    np.random.seed(0)
    transform = TRANSFORMS.build(dict(type='mmdatasetdm.DropClassNames', **options))
    return [transform(dict(present_classes=names))['present_classes'] for _ in range(count)]


def test_every_kind_of_text_is_met_as_often_as_is_said():
    found = texts(some=0.4, none=0.1, unknown=0.2)
    shares = {
        'some': np.mean([bool(names) and len(names) < 3 for names in found]),
        'none': found.count(()) / len(found),
        'unknown': found.count(None) / len(found),
        'all': found.count(NAMES) / len(found),
    }
    assert shares == pytest.approx(dict(some=0.4, none=0.1, unknown=0.2, all=0.3), abs=0.04)
    some = {names for names in found if names and len(names) < 3}
    assert some == {('cat',), ('dog',), ('cow',), ('cat', 'dog'), ('cat', 'cow'), ('dog', 'cow')}, 'in their order'


def test_a_single_name_stays_and_an_image_without_instances_meets_both_texts():
    assert set(texts(('cat',), some=1.0)) == {('cat',)}
    assert set(texts((), some=0.5, unknown=0.5)) == {(), None}
    assert set(texts(())) == {()} and set(texts()) == {NAMES}
    assert set(texts(None, some=0.5, none=0.5)) == {None}, 'of an image alone nothing is known'


def test_labels_of_dropped_names():
    mask = np.array([[0, 1, 2, 3, 255]], np.uint8)
    options = dict(none=1.0, unnamed='ignore', classes=('background', *NAMES))
    results = dict(present_classes=('cat', 'cow'), gt_seg_map=mask)
    assert DropClassNames(**options)(results)['gt_seg_map'].tolist() == [[0, 255, 2, 255, 255]]
    assert mask.tolist() == [[0, 1, 2, 3, 255]]
    unknown = DropClassNames(**{**options, 'none': 0, 'unknown': 1.0})(dict(results, gt_seg_map=mask))
    assert unknown['gt_seg_map'].tolist() == mask.tolist(), 'the text names all classes'
    kept = DropClassNames(none=1.0)(dict(present_classes=('cat',), gt_seg_map=mask))
    assert kept['gt_seg_map'].tolist() == mask.tolist()


def test_instances_of_dropped_names():
    flags = np.array([False, True, False])
    results = dict(present_classes=('cat', 'dog'), gt_bboxes_labels=np.array([0, 0, 2]), gt_ignore_flags=flags)
    dropped = DropClassNames(none=1.0, unnamed='ignore', classes=NAMES)(results)
    assert dropped['gt_ignore_flags'].tolist() == [True, True, False]


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(some=0.7, none=0.4), 'some is 0.7, none 0.4 and unknown 0.0; they are probabilities, together 1 at most'),
        (dict(some=-0.1), 'some is -0.1'),
        (dict(unnamed='drop'), "unnamed is 'drop'; choose 'keep' or 'ignore'"),
        (dict(unnamed='ignore'), "unnamed='ignore' needs the classes"),
    ],
)
def test_mistakes(options, words):
    with pytest.raises(UserError) as raised:
        DropClassNames(**options)
    assert words in str(raised.value)


def test_names_must_be_there():
    with pytest.raises(UserError, match='put it after PresentClasses or ListedClasses'):
        DropClassNames(some=1.0)({})


@pytest.mark.parametrize(
    'task',
    [
        'semantic-20shot_1xb8-500iters',
        'instance-50shot_1xb8-900iters',
        'depth-50shot_1xb8-500iters',
        'openvocab-50shot_1xb8-300iters',
    ],
)
def test_each_variant_of_an_image_has_one_text_and_all_kinds_are_met(task):
    config = Config.fromfile(f'configs/datasetdm/datasetdm_toyroom_{task}_toyroom-128x128.py')
    init_default_scope(config.default_scope)
    data = DATASETS.build(config.train_dataloader.dataset)
    seen = [set() for _ in range(8)]
    for index in [index for index in range(8) for _ in range(40)]:
        item = data[index]
        seen[index].add((item['inputs'].numpy().tobytes(), item['data_samples'].present_classes))
    # as many as there are variants: the features of a variant are kept once
    assert max(map(len, seen)) <= (16 if task.startswith('depth') else 32)
    kinds = {names for found in seen for _, names in found}
    assert None in kinds and any(kinds - {None})


def test_keypoints_are_learnt_with_and_without_the_name():
    pytest.importorskip('mmpose', reason='mmpose is not installed')
    config = Config.fromfile('configs/datasetdm/datasetdm_toyroom_pose-50shot_1xb8-1500iters_toyroom-128x128.py')
    init_default_scope('mmpose')
    data = DATASETS.build(config.train_dataloader.dataset)
    wanted, found = {('person',), (), None}, set()
    for _ in range(800):
        found.add(data[0]['data_samples'].present_classes)
        if found == wanted:
            break
    assert found == wanted
    held_out = DATASETS.build(config.val_dataloader.dataset)
    assert {held_out[index]['data_samples'].present_classes for index in range(5)} == {('person',)}
