"""The mix of real and synthetic images."""

import itertools
from collections.abc import Iterator, Sequence

import torch
from mmengine.dataset import ConcatDataset
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from ..errors import UserError
from ..registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class RatioSampler(Sampler):
    """Draws from the parts of a ConcatDataset in a fixed ratio, without end.

    With ``ratio=[1, 3]`` every run of four images holds one of the first part and three of the second, whatever their
    sizes and whatever the batch size: the images of any window are within one of the exact share. Each part is walked
    in its own random order, so that every image of it is seen once before any is seen twice.

    ``first=[0, 1], first_images=8000`` draws the first 8,000 images in another ratio: a model that starts from nothing
    learns from synthetic images, then from real ones, in one training with one schedule.

    Unlike mmdet.MultiSourceSampler it needs neither mmdet nor the batch size, and the ratio need not divide it.

    Args:
        dataset: the ConcatDataset.
        ratio: the share of each part, in the order of the parts; not necessarily whole, 0 leaves a part out.
        first: the same for the first ``first_images`` images; None: ``ratio`` from the beginning.
        first_images: how many, of all ranks together: iterations times the images of an iteration.
        shuffle: False walks each part in order.
        seed: None takes one from mmengine, the same on every rank.

    Raises:
        UserError: the data set is not a ConcatDataset, or the ratio does not fit it.
    """

    def __init__(
        self,
        dataset: ConcatDataset,
        *,
        ratio: Sequence[float],
        first: Sequence[float] | None = None,
        first_images: int = 0,
        shuffle: bool = True,
        seed: int | None = None,
    ) -> None:
        if not isinstance(dataset, ConcatDataset):
            raise UserError(f'RatioSampler needs a ConcatDataset, got {type(dataset).__name__}')
        for name, shares in (('ratio', ratio), ('first', ratio if first is None else first)):
            if len(shares) != len(dataset.datasets) or min(shares) < 0 or sum(shares) <= 0:
                raise UserError(
                    f'RatioSampler: {name} must be {len(dataset.datasets)} shares of 0 or more, not all 0, '
                    f'one for each part of the data set, got {list(shares)}'
                )
        if first_images < 0 or (first is None) != (first_images == 0):
            raise UserError(
                'RatioSampler: first and first_images are given together, '
                f'got {first if first is None else list(first)} and {first_images}'
            )
        self.dataset = dataset
        self.shares = _normalized(ratio)
        self.first = None if first is None else _normalized(first)
        self.first_images = first_images
        self.shuffle = shuffle
        self.seed = sync_random_seed() if seed is None else seed
        self.rank, self.world_size = get_dist_info()

    def __iter__(self) -> Iterator[int]:
        parts = [self._walk(part) for part in range(len(self.shares))]
        if self.first is not None:
            for part in itertools.islice(self._turns(self.first), self.first_images // self.world_size):
                yield next(parts[part])
        for part in self._turns(self.shares):
            yield next(parts[part])

    @staticmethod
    def _turns(shares: list[float]) -> Iterator[int]:
        """Yield parts: the one that is furthest behind its share comes next; a tie goes to the first."""
        due = [0.0] * len(shares)
        while True:
            due = [debt + share for debt, share in zip(due, shares, strict=True)]
            part = max((index for index in range(len(due)) if shares[index]), key=lambda index: round(due[index], 9))
            due[part] -= 1
            yield part

    def _walk(self, part: int) -> Iterator[int]:
        """Yield this rank's global indices of one part: every rank takes its turn in one common order."""
        offset = self.dataset.cumulative_sizes[part - 1] if part else 0
        return itertools.islice(self._order(part, offset), self.rank, None, self.world_size)

    def _order(self, part: int, offset: int) -> Iterator[int]:
        size = len(self.dataset.datasets[part])
        random = torch.Generator().manual_seed(self.seed + part)
        while True:
            order = torch.randperm(size, generator=random) if self.shuffle else torch.arange(size)
            yield from (order + offset).tolist()

    def __len__(self) -> int:
        return len(self.dataset)

    def set_epoch(self, epoch: int) -> None:
        """Nothing to do: the sampler has no end and so no epochs."""


def _normalized(shares: Sequence[float]) -> list[float]:
    return [share / sum(shares) for share in shares]
