import math

import pytest
import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.models.downstream.depthformer import DenseDepthHead, sig_loss


def test_the_loss_of_a_known_error():
    truth = torch.full((1, 1, 2, 2), 2.0)
    assert sig_loss(2 * truth, truth, max_depth=10).item() == pytest.approx(math.sqrt(0.15) * math.log(2), abs=1e-4)
    spread = truth * torch.tensor([1.0, math.e]).view(1, 1, 1, 2)
    # errors 0, 1, 0, 1: variance 1/3, mean 1/2
    assert sig_loss(spread, truth, max_depth=10).item() == pytest.approx(math.sqrt(1 / 3 + 0.15 / 4), abs=1e-4)
    holes = truth.clone()
    holes[..., 0], holes[..., 1, 1] = 0, 50
    assert sig_loss(truth, holes, max_depth=10) == 0, 'one pixel has no spread'


def test_a_range_without_depths_is_a_mistake():
    with pytest.raises(UserError, match=r'depths from 2 to 1 m'):
        DenseDepthHead(channels=[4, 8], min_depth=2, max_depth=1)
