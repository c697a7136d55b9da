"""The mix of real and synthetic images, and the order in which tar shards are read."""

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
        buffer: how many samples are shuffled at a time in a part of tar shards, as :class:`ShardSampler` does; None
            draws from all shards at once, which is slow where a disk or network is not made for random access.
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
        buffer: int | None = None,
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
        shards = [_shard_sizes(part, buffer) if shuffle else None for part in parts]
        self.orders = [_Order(size, of, buffer or 0) for size, of in zip(self.sizes, shards, strict=True)]
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
        random = torch.Generator().manual_seed(self.seed + part)
        while True:
            order = self.orders[part](random) if self.shuffle else range(self.sizes[part])
            yield from (index + offset for index in order)

    def __len__(self) -> int:
        return len(self.dataset)

    def set_epoch(self, epoch: int) -> None:
        """Nothing to do: the sampler has no end and so no epochs."""


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf


@DATA_SAMPLERS.register_module()
class ShardSampler(Sampler):
    """Draws from a :class:`SyntheticDataset` of tar shards nearly as they lie on the disk, shuffled, without end.

    The shards come in a random order; their samples pass through a buffer from which one is drawn at random, as in
    WebDataset. So only the shards of ``buffer`` samples are open at a time and each is read from its beginning to its
    end, which a network or a disk gives far faster than samples from anywhere. Every sample is seen once before any is
    seen twice. Each rank takes its turn in one common order.

    Args:
        dataset: the data set.
        buffer: samples in the buffer; more shuffle better.
        seed: None takes one from mmengine, the same on every rank.

    Raises:
        UserError: the data set has no tar shards, or ``buffer`` is no number of samples.
    """

    def __init__(self, dataset: BaseDataset, *, buffer: int = 4096, seed: int | None = None) -> None:
        sizes = _shard_sizes(dataset, buffer)
        if sizes is None:
            raise UserError(
                'ShardSampler: the data set has no tar shards; take InfiniteSampler, or generate with '
                "writer=dict(type='webdataset')"
            )
        self.dataset = dataset
        self.order = _Order(len(dataset), sizes, buffer)
        self.seed = sync_random_seed() if seed is None else seed
        self.rank, self.world_size = get_dist_info()

    def __iter__(self) -> Iterator[int]:
        return itertools.islice(self._walk(), self.rank, None, self.world_size)

    def _walk(self) -> Iterator[int]:
        random = torch.Generator().manual_seed(self.seed)
        while True:
            yield from self.order(random)

    def __len__(self) -> int:
        return len(self.dataset)

    def set_epoch(self, epoch: int) -> None:
        """Nothing to do: the sampler has no end and so no epochs."""


def _shard_sizes(dataset: object, buffer: int | None) -> list[int] | None:
    """Those of a data set of tar shards, where they are asked for by a ``buffer``."""
    if buffer is None:
        return None
    if not isinstance(buffer, int) or isinstance(buffer, bool) or buffer < 1:
        raise UserError(f'buffer must be a number of samples, 1 or more, got {buffer!r}')
    return getattr(dataset, 'shard_sizes', None)


class _Order:
    """Random orders of ``size`` samples; where they lie in ``shards``, by way of a buffer."""

    def __init__(self, size: int, shards: Sequence[int] | None, buffer: int) -> None:
        whole = shards is not None and sum(shards) == size  # CombinedDataset may count a part otherwise
        self.size, self.shards, self.buffer = size, shards if whole else None, buffer

    def __call__(self, random: torch.Generator) -> Iterator[int]:
        if self.shards is None:
            yield from torch.randperm(self.size, generator=random).tolist()
            return
        starts = [0, *itertools.accumulate(self.shards)]
        waiting: list[int] = []
        for shard in torch.randperm(len(self.shards), generator=random).tolist():
            for index in range(starts[shard], starts[shard + 1]):
                if len(waiting) < self.buffer:
                    waiting.append(index)
                    continue
                place = int(torch.randint(self.buffer, (1,), generator=random))
                waiting[place], index = index, waiting[place]
                yield index
        yield from (waiting[place] for place in torch.randperm(len(waiting), generator=random).tolist())
