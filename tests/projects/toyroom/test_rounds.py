"""Rounds: weights are averaged by the steps of each process, and a slow process takes fewer of them."""

import socket
import time

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from projects.toyroom.rounds import Rounds


def run_round(rank: int, port: int, elastic: bool, wait: float, folder: str) -> None:
    """One round: the weight starts at 0 and a step of process r adds r + 1; the second process waits at each step."""
    dist.init_process_group('gloo', init_method=f'tcp://127.0.0.1:{port}', rank=rank, world_size=2)
    net, rounds, taken = torch.nn.Linear(1, 1, bias=False), Rounds(elastic=elastic), 0
    torch.nn.init.zeros_(net.weight)
    while rounds.goes_on(taken, 10):
        with torch.no_grad():
            net.weight += rank + 1
        time.sleep(rank * wait)
        taken += 1
    total, most = rounds.average(net, taken)
    torch.save(dict(taken=taken, total=total, most=most, weight=net.weight.item()), f'{folder}/{rank}.pt')
    dist.destroy_process_group()


@pytest.mark.parametrize('elastic', [False, True])
def test_two_processes(tmp_path, elastic):
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    mp.spawn(run_round, args=(port, elastic, 0.5, str(tmp_path)), nprocs=2)
    fast, slow = (torch.load(tmp_path / f'{rank}.pt') for rank in (0, 1))
    assert fast['taken'] + slow['taken'] == fast['total'] == slow['total'] == 20
    assert fast['most'] == slow['most'] == fast['taken']
    if elastic:
        assert fast['taken'] > slow['taken']
    else:
        assert fast['taken'] == slow['taken'] == 10
    # each weight is (its step's size) x (its steps), and counts by its steps
    expected = (fast['taken'] * fast['taken'] + slow['taken'] * 2 * slow['taken']) / 20
    assert fast['weight'] == slow['weight'] == pytest.approx(expected)


def test_alone():
    net, rounds = torch.nn.Linear(2, 2), Rounds(elastic=True)
    before = net.weight.clone()
    assert [rounds.goes_on(taken, 2) for taken in range(3)] == [True, True, False]
    assert rounds.average(net, 2) == (2, 2)
    assert torch.equal(net.weight, before)
