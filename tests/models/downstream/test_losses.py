"""WeightedCrossEntropyLoss against PyTorch's own mean and by hand."""

import math

import pytest
import torch
from torch.nn import functional

from mmdatasetdm.models.downstream.losses import WeightedCrossEntropyLoss
from mmdatasetdm.registry import MODELS


def test_by_hand():
    # two pixels, probabilities 3/4 and 1/4 of their class, weights 1 and 3
    logits = torch.tensor([[math.log(3.0), 0.0], [0.0, math.log(3.0)]]).T.reshape(1, 2, 1, 2)
    labels = torch.tensor([[[0, 0]]])
    loss = WeightedCrossEntropyLoss(class_weight=[1, 3])
    assert loss(logits, labels).item() == pytest.approx((math.log(4 / 3) + math.log(4)) / 2)
    labels[0, 0, 1] = 1
    assert loss(logits, labels).item() == pytest.approx(math.log(4 / 3))
    labels[0, 0, 0] = 1
    assert loss(logits, labels).item() == pytest.approx((3 * math.log(4) + 3 * math.log(4 / 3)) / 6)


def test_is_pytorchs_weighted_mean_with_ignored_pixels():
    torch.manual_seed(0)
    logits, labels = torch.randn(2, 5, 8, 8, requires_grad=True), torch.randint(0, 5, (2, 8, 8))
    labels[:, :3] = 255
    weights = [0.2, 1, 1, 2, 0.5]
    loss = MODELS.build(dict(type='mmdatasetdm.WeightedCrossEntropyLoss', class_weight=weights, loss_weight=0.5))
    expected = functional.cross_entropy(logits, labels, weight=torch.tensor(weights), ignore_index=255)
    assert loss(logits, labels).item() == pytest.approx(0.5 * expected.item(), rel=1e-5)
    loss(logits, labels).backward()
    assert (logits.grad[:, :, :3] == 0).all() and (logits.grad[:, :, 3:] != 0).any()


def test_pixel_weights():
    logits, labels = torch.randn(1, 2, 4, 4), torch.zeros(1, 4, 4, dtype=torch.long)
    loss = WeightedCrossEntropyLoss(class_weight=[1, 1])
    half = torch.full((1, 4, 4), 0.5)
    assert loss(logits, labels, weight=half).item() == pytest.approx(loss(logits, labels).item() / 2)


def test_all_ignored():
    logits = torch.randn(1, 2, 4, 4, requires_grad=True)
    value = WeightedCrossEntropyLoss(class_weight=[1, 1])(logits, torch.full((1, 4, 4), 255))
    value.backward()
    assert value.item() == 0 and (logits.grad == 0).all()


def test_leaves_nothing_in_a_checkpoint():
    assert WeightedCrossEntropyLoss(class_weight=[1, 1]).state_dict() == {}
