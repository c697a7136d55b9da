"""Test-time augmentation: the mean depth, and the best of several instances."""

import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.model import BaseModel
from mmengine.structures import InstanceData, PixelData
from mmseg.structures import SegDataSample

from mmdatasetdm.errors import UserError
from mmdatasetdm.models import DepthTTAModel, InstanceTTAModel


class Model(BaseModel):
    """Merging does not run the model."""

    def forward(self, inputs, data_samples=None, mode='tensor'):
        raise NotImplementedError


def test_depth_is_the_mean_of_the_views():
    views = [SegDataSample(pred_depth_map=PixelData(data=torch.full((1, 4, 6), depth))) for depth in (2.0, 4.0)]
    (merged,) = DepthTTAModel(module=Model()).merge_preds([views])
    assert torch.equal(merged.pred_depth_map.data, torch.full((1, 4, 6), 3.0))


def view(score: float, box: tuple[int, int, int, int], *, flip: bool) -> DetDataSample:
    left, top, right, bottom = box
    mask = torch.zeros(1, 20, 40, dtype=torch.bool)
    mask[0, top:bottom, left:right] = True
    found = InstanceData(
        bboxes=torch.tensor([box], dtype=torch.float),
        masks=mask,
        scores=torch.tensor([score]),
        labels=torch.tensor([0]),
    )
    meta = dict(ori_shape=(20, 40), flip=flip, flip_direction='horizontal' if flip else None)
    return DetDataSample(metainfo=meta, pred_instances=found)


def test_the_better_of_two_views_of_an_instance_stays():
    views = [view(0.6, (0, 0, 10, 10), flip=False), view(0.9, (30, 0, 40, 10), flip=True)]
    (merged,) = InstanceTTAModel(module=Model()).merge_preds([views])
    found = merged.pred_instances
    assert found.scores.tolist() == pytest.approx([0.9]) and found.bboxes.tolist() == [[0, 0, 10, 10]]
    assert found.masks[0, :10, :10].all() and found.masks.sum() == 100


def test_a_threshold_that_is_no_iou():
    with pytest.raises(UserError, match='iou_threshold is 2'):
        InstanceTTAModel(module=Model(), iou_threshold=2)
