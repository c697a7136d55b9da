"""The plan: N samples cut into shards, the shards dealt out to workers. Arithmetic only: nothing here grows with N."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
class Part:
    """Part ``number`` (from 1) of ``count``: every ``count``-th shard, so that parts end together and a larger plan
    leaves each shard in its part.
    """

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Part:
        """From '2/4'; UserError where it is nothing of the kind."""
        number, _, count = text.partition('/')
        if not number.isdecimal() or not count.isdecimal() or not 1 <= int(number) <= int(count):
            raise UserError(f"--part '{text}' is not NUMBER/COUNT, as 2/4: the second of four parts")
        return cls(int(number), int(count))

    def __contains__(self, shard: Shard) -> bool:
        return shard.index % self.count == self.number - 1

    def __str__(self) -> str:
        return f'{self.number} of {self.count}'


@dataclass(frozen=True)
class Pending:
    """The shards of a plan, or of a part of it, that are not done: a byte for each shard up to the last that is, and no
    list of the rest.
    """

    plan: Plan
    done: bytes
    part: Part = Part()

    def __len__(self) -> int:
        every = len(range(self.part.number - 1, len(self.plan), self.part.count))
        return every - sum(self.done[self.part.number - 1 :: self.part.count])

    def __iter__(self) -> Iterator[Shard]:
        indices = range(self.part.number - 1, len(self.plan), self.part.count)
        return (self.plan[index] for index in indices if index >= len(self.done) or not self.done[index])

    @property
    def first(self) -> Shard | None:
        """The first of them; None: all are done."""
        return next(iter(self), None)

    @property
    def samples(self) -> int:
        """How many samples are left."""
        last = self.plan[len(self.plan) - 1]
        is_short = last in self.part and (last.index >= len(self.done) or not self.done[last.index])
        return len(self) * self.plan.shard_size - (self.plan.shard_size - last.count if is_short else 0)
