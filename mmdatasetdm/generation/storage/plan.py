"""The plan: N samples cut into shards, the shards dealt out to workers. Arithmetic only: nothing here grows with N."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mmdatasetdm.errors import UserError

MOST = 10**12


def sample_name(sample_id: int) -> str:
    """The file stem of a sample: its id, padded so that names sort as numbers do."""
    return f'{sample_id:08d}'


@dataclass(frozen=True)
class Shard:
    """Samples ``first`` to ``first + count - 1``: the unit that is written whole or not at all."""

    index: int
    first: int
    count: int

    @property
    def ids(self) -> range:
        return range(self.first, self.first + self.count)

    def batches(self, batch_size: int) -> Iterator[range]:
        """Ids, at most ``batch_size`` at a time, always cut at the same places: a restart repeats the same batches."""
        for start in range(self.first, self.first + self.count, batch_size):
            yield range(start, min(start + batch_size, self.first + self.count))


@dataclass(frozen=True)
class Plan:
    """``num`` samples in shards of ``shard_size``; the last shard may be shorter."""

    num: int
    shard_size: int

    def __post_init__(self):
        for name, value in (('num', self.num), ('shard_size', self.shard_size)):
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise UserError(f'{name} is {value!r}; it must be a whole number, 1 or more')
            if value > MOST:
                raise UserError(f'{name} is {value}; it must be {MOST} or less')

    def __len__(self) -> int:
        return -(-self.num // self.shard_size)

    def __iter__(self) -> Iterator[Shard]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> Shard:
        if not 0 <= index < len(self):
            raise IndexError(f'shard {index} of {len(self)}')
        first = index * self.shard_size
        return Shard(index=index, first=first, count=min(self.shard_size, self.num - first))


@dataclass(frozen=True)
class Pending:
    """The shards of a plan that are not done: a byte for each shard up to the last that is, and no list of the rest."""

    plan: Plan
    done: bytes

    def __len__(self) -> int:
        return len(self.plan) - sum(self.done)

    def __iter__(self) -> Iterator[Shard]:
        return (shard for shard in self.plan if shard.index >= len(self.done) or not self.done[shard.index])

    @property
    def first(self) -> Shard | None:
        """The first of them; None: all are done."""
        return next(iter(self), None)

    @property
    def samples(self) -> int:
        """How many samples are left."""
        return self.plan.num - sum(self.plan[index].count for index, done in enumerate(self.done) if done)

    def part(self, worker: int, workers: int) -> Iterator[Shard]:
        """The shards of one of ``workers`` workers: disjoint, together all of them."""
        return islice(self, worker, None, workers)
