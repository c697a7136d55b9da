"""Muon for matrices, AdamW for the rest: both move the net that they were given."""

import copy

import pytest
import torch
from torch import nn

from projects.toyroom.optimizer import MatrixOptimizer


@pytest.mark.parametrize('muon', [False, True])
def test_it_fits_a_line_and_resumes_as_if_it_had_not_stopped(muon):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(2, 8, 3, padding=1), nn.Flatten(), nn.Linear(8 * 16, 1))
    x = torch.randn(64, 2, 4, 4)
    y = x.mean((1, 2, 3))[:, None]
    optimizer = MatrixOptimizer(net, lr=1e-2, muon=muon)

    def step(net: nn.Module, optimizer: MatrixOptimizer) -> float:
        loss = (net(x) - y).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step(0.5)
        return loss.item()

    losses = [step(net, optimizer) for _ in range(60)]
    assert losses[-1] < 0.1 * losses[0]

    other = nn.Sequential(nn.Conv2d(2, 8, 3, padding=1), nn.Flatten(), nn.Linear(8 * 16, 1))
    other.load_state_dict(net.state_dict())
    resumed = MatrixOptimizer(other, lr=1e-2, muon=muon)
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert [step(net, optimizer) for _ in range(3)] == pytest.approx([step(other, resumed) for _ in range(3)], rel=1e-5)
