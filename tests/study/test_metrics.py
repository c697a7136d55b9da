"""The numbers that trainings and tests leave."""

import json
from pathlib import Path

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.study import Metric, load_study_config
from mmdatasetdm.study.metrics import scores_of_test, scores_of_training

ROOT = Path(__file__).parents[2]


def metrics_of(task: str) -> tuple[Metric, ...]:
    """Those of the built-in world's study."""
    return load_study_config(ROOT / f'configs/studies/toyroom_{task}.py').metrics


def logged(folder: Path, *lines: dict) -> Path:
    """A training's work folder with these lines in its log."""
    (folder / '20260101_000000/vis_data').mkdir(parents=True)
    text = '\n'.join(map(json.dumps, lines))
    (folder / '20260101_000000/vis_data/scalars.json').write_text(text)
    return folder


def test_the_last_validation_counts(tmp_path):
    folder = logged(
        tmp_path,
        {'loss': 1.0, 'step': 1},
        {'mIoU': 10.0, 'IoU/ball': 5.0, 'step': 1},
        {'mIoU': 12.34, 'IoU/ball': 6.0, 'step': 2},
        {'loss': 0.5, 'step': 2},
    )
    assert scores_of_training(folder, metrics_of('semantic')) == dict(scores=dict(mIoU=12.34), classes=dict(ball=6.0))


def test_units_of_the_scores(tmp_path):
    depth = logged(tmp_path / 'depth', {'abs_rel': 0.0987654, 'd1': 0.9174, 'rmse': 0.5301, 'step': 1})
    assert scores_of_training(depth, metrics_of('depth'))['scores'] == dict(REL=0.0987654, delta1=91.74, RMSE=0.5301)
    pose = logged(tmp_path / 'pose', {'coco/AP': 0.12345, 'coco/AR': 0.5, 'step': 1})
    assert scores_of_training(pose, metrics_of('pose'))['scores'] == dict(AP=12.345, AR=50.0)


def test_depth_has_the_names_of_its_metric():
    from mmseg.evaluation import DepthMetric

    assert {metric.key for metric in metrics_of('depth')} <= set(DepthMetric.METRICS)


def test_nothing_found_is_no_ap_and_no_validation_is_an_error(tmp_path):
    folder = logged(tmp_path, {'loss': 1.0, 'step': 1})
    assert scores_of_training(folder, metrics_of('instance'))['scores'] == {'mask AP': 0.0, 'box AP': 0.0}
    with pytest.raises(UserError, match='the evaluation left no abs_rel'):
        scores_of_training(folder, metrics_of('depth'))


def test_scores_of_a_test(tmp_path):
    (tmp_path / '20260101_000000/vis_data').mkdir(parents=True)
    (tmp_path / '20260101_000000/20260101_000000.json').write_text(
        json.dumps({'seen': 3.0, 'unseen': 1.0, 'harmonic': 1.5, 'IoU/dog': 1.0})
    )
    assert scores_of_test(tmp_path, metrics_of('openvocab')) == dict(
        scores={'unseen mIoU': 1.0, 'seen mIoU': 3.0, 'harmonic mean': 1.5}, classes=dict(dog=1.0)
    )
