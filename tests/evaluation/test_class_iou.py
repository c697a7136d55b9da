"""ClassIoUMetric against hand-counted unions."""

import pytest
import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.evaluation import ClassIoUMetric


def test_classes_one_by_one():
    metric = ClassIoUMetric(iou_metrics=['mIoU'])
    metric.dataset_meta = dict(classes=('floor', 'ball', 'dog', 'lamp'))
    label = torch.tensor([[0, 0, 1, 1], [0, 0, 1, 255]])
    predicted = torch.tensor([[0, 0, 0, 1], [2, 0, 1, 1]])
    metric.process({}, [dict(pred_sem_seg=dict(data=predicted[None]), gt_sem_seg=dict(data=label[None]))])
    scores = metric.compute_metrics(metric.results)
    # floor: 3 of 4 + 1; ball: 2 of 3; dog: predicted once, never labelled; lamp: in neither
    assert scores['IoU/floor'] == 60.0
    assert scores['IoU/ball'] == 66.67
    assert scores['IoU/dog'] == 0.0
    assert 'IoU/lamp' not in scores
    assert scores['mIoU'] == pytest.approx((60 + 66.67 + 0) / 3, abs=0.01)
    assert all(type(score) is float for score in scores.values())


def test_the_mean_over_the_objects_leaves_the_background_out():
    """DatasetDM supp. table 9: 77.9, 72.9 and 70.1 of car, person and motorbike are 73.6."""
    metric = ClassIoUMetric(iou_metrics=['mIoU'], background='floor')
    metric.dataset_meta = dict(classes=('floor', 'ball', 'dog'))
    label = torch.tensor([[0, 0, 1, 1], [0, 0, 1, 2]])
    predicted = torch.tensor([[0, 0, 0, 1], [0, 0, 1, 2]])
    metric.process({}, [dict(pred_sem_seg=dict(data=predicted[None]), gt_sem_seg=dict(data=label[None]))])
    scores = metric.compute_metrics(metric.results)
    assert scores['mIoU/objects'] == pytest.approx((66.67 + 100) / 2, abs=0.01)
    assert scores['mIoU'] == pytest.approx((80 + 66.67 + 100) / 3, abs=0.01)
    metric.dataset_meta = dict(classes=('ball', 'dog', 'lamp'))
    with pytest.raises(UserError, match='the data set has no class floor'):
        metric.compute_metrics(metric.results)
