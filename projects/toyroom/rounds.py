"""Processes that train the same nets: each takes steps of its own, then their weights are averaged (local SGD)."""

import torch
import torch.distributed as dist


class Rounds:
    """The steps between two averages of the weights.

    Args:
        elastic: A process on a busy core takes fewer steps and the others take more, so that none waits; its weights
            count by its steps. What is learnt then depends on the load of the machine.
    """

    def __init__(self, *, elastic: bool = False) -> None:
        alone = not dist.is_initialized()
        self.world = 1 if alone else dist.get_world_size()
        self.number, self.store = 0, None
        if elastic and self.world > 1:
            first = dist.get_rank() == 0
            port = torch.zeros(1, dtype=torch.long)
            if first:
                self.store = dist.TCPStore('localhost', 0, is_master=True, wait_for_workers=False)
                port += self.store.port
            dist.broadcast(port, 0)
            if not first:
                self.store = dist.TCPStore('localhost', int(port), is_master=False)

    def goes_on(self, taken: int, wanted: int) -> bool:
        """Whether this process takes one more step in this round.

        Args:
            taken: Its steps in this round so far.
            wanted: The steps of a round, a process, on average.
        """
        if self.store is None:
            return taken < wanted
        return self.store.add(f'steps of round {self.number}', 1) <= wanted * self.world

    @torch.no_grad()
    def average(self, nets: torch.nn.Module, taken: int) -> tuple[int, int]:
        """End the round: average the weights over the processes, each by its steps.

        Returns:
            The steps of all processes together, and the most that one took.
        """
        self.number += 1
        if self.world == 1:
            return taken, taken
        weights = list(nets.parameters())
        most = torch.tensor(taken)
        dist.all_reduce(most, dist.ReduceOp.MAX)
        flat = torch.cat([*(w.flatten() for w in weights), torch.ones(1)]) * taken
        dist.all_reduce(flat)
        total = flat[-1].item()
        for weight, part in zip(weights, (flat[:-1] / total).split([w.numel() for w in weights]), strict=True):
            weight.copy_(part.view_as(weight))
        return round(total), int(most)
