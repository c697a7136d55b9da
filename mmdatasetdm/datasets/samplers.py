"""The mix of real and synthetic images."""

import itertools
import math
from collections.abc import Iterator, Sequence

import torch
from mmengine.dataset import BaseDataset, ConcatDataset
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class RatioSampler(Sampler):
    """Draws from the parts of a ConcatDataset, or of mmpose's CombinedDataset, in a fixed ratio, without end.

    With ``ratio=[1, 3]`` every run of four images holds one of the first part and three of the second, whatever their
    sizes and whatever the batch size: the images of any window are within one of the exact share. Each part is walked
    in its own random order, so that every image of it is seen once before any is seen twice.

    Unlike mmdet.MultiSourceSampler it needs neither mmdet nor the batch size, and the ratio need not divide it.

    Args:
        dataset: the ConcatDataset, or another of parts that follow each other, as CombinedDataset.
        ratio: the share of each part, in the order of the parts; not necessarily whole, 0 leaves a part out.
        shuffle: False walks each part in order.
        seed: None takes one from mmengine, the same on every rank.

    Raises:
        UserError: the data set has no parts, an empty one, or the ratio does not fit them.
    """

    def __init__(
        self,
        dataset: ConcatDataset | BaseDataset,
        *,
        ratio: Sequence[float],
        shuffle: bool = True,
        seed: int | None = None,
    ) -> None:
        parts = getattr(dataset, 'datasets', None)
        if not parts:
            raise UserError(
                f'RatioSampler needs a ConcatDataset, or a CombinedDataset of mmpose, got {type(dataset).__name__}'
            )
        # CombinedDataset counts its parts by lens, after a sample_ratio_factor of its own
        self.sizes = list(dataset.lens) if hasattr(dataset, 'lens') else [len(part) for part in parts]
        fits = isinstance(ratio, Sequence) and not isinstance(ratio, str) and len(ratio) == len(parts)
        if not fits or not all(_is_share(one) for one in ratio) or sum(ratio) <= 0:
            raise UserError(
                f'RatioSampler: ratio must be {len(parts)} shares of 0 or more, not all 0, one for each part of the '
                f'data set, got {ratio!r}'
            )
        for part, share in enumerate(ratio):
            if share and not self.sizes[part]:
                raise UserError(f'RatioSampler: part {part} of the data set is empty, but its share is {share}')
        self.dataset = dataset
        self.shares = [share / sum(ratio) for share in ratio]
        self.shuffle = shuffle
        self.seed = sync_random_seed() if seed is None else seed
        self.rank, self.world_size = get_dist_info()

    def __iter__(self) -> Iterator[int]:
        parts = [self._walk(part) for part in range(len(self.shares))]
        for part in self._turns():
            yield next(parts[part])

    def _turns(self) -> Iterator[int]:
        """Yield parts: the one that is furthest behind its share comes next; a tie goes to the first."""
        shares, due = self.shares, [0.0] * len(self.shares)
        while True:
            due = [debt + share for debt, share in zip(due, shares, strict=True)]
            part = max((index for index in range(len(due)) if shares[index]), key=lambda index: round(due[index], 9))
            due[part] -= 1
            yield part

    def _walk(self, part: int) -> Iterator[int]:
        """Yield this rank's global indices of one part: every rank takes its turn in one common order."""
        return itertools.islice(self._order(part, sum(self.sizes[:part])), self.rank, None, self.world_size)

    def _order(self, part: int, offset: int) -> Iterator[int]:
        size = self.sizes[part]
        random = torch.Generator().manual_seed(self.seed + part)
        while True:
            order = torch.randperm(size, generator=random) if self.shuffle else torch.arange(size)
            yield from (order + offset).tolist()

    def __len__(self) -> int:
        return len(self.dataset)

    def set_epoch(self, epoch: int) -> None:
        """Nothing to do: the sampler has no end and so no epochs."""


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
