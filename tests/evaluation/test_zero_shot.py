"""ZeroShotIoUMetric: seen, unseen and harmonic means."""

import pytest
import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.evaluation import ZeroShotIoUMetric


def evaluate(label, predicted, **options) -> dict:
    metric = ZeroShotIoUMetric(**options)
    metric.dataset_meta = dict(classes=('background', 'ball', 'dog', 'lamp', 'bed'))
    label, predicted = torch.tensor([label]), torch.tensor([predicted])
    metric.process({}, [dict(pred_sem_seg=dict(data=predicted[None]), gt_sem_seg=dict(data=label[None]))])
    return metric.compute_metrics(metric.results)


def test_the_background_counts_to_neither_and_absent_classes_nowhere():
    # ball 2 of 2, dog 1 of 2, lamp 1 of 4; no bed
    scores = evaluate([0, 1, 1, 2, 2, 3, 3, 3, 3], [0, 1, 1, 2, 0, 3, 0, 0, 0], unseen=['lamp', 'bed'])
    assert (scores['seen'], scores['unseen'], scores['harmonic']) == (75.0, 25.0, 37.5)
    assert scores['IoU/ball'] == 100.0 and 0 < scores['mIoU'] < 100


def test_nothing_found_has_a_harmonic_mean_of_0():
    scores = evaluate([1, 3], [0, 0], unseen=['lamp'])
    assert (scores['seen'], scores['unseen'], scores['harmonic']) == (0.0, 0.0, 0.0)


def test_an_unknown_class_is_a_mistake():
    with pytest.raises(UserError, match='the data set has no class cow'):
        evaluate([1], [1], unseen=['cow'])
