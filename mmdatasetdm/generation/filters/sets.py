"""Filters that compare the samples of a data set: the best of a class, as many of each class, no image twice."""

from __future__ import annotations

import itertools
import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Annotated, ClassVar

from pydantic import Field

from mmdatasetdm.generation.filters.thresholds import ScoreName
from mmdatasetdm.generation.options import checked
from mmdatasetdm.generation.records import SampleRecord
from mmdatasetdm.generation.scores import lookup
from mmdatasetdm.registry import FILTERS

Causes = Callable[[SampleRecord], list[str]]
Share = Annotated[float, Field(gt=0, le=1)]


class _Compares:
    task: ClassVar[None] = None

    def causes(self, record: SampleRecord) -> list[str]:
        """None: what a sample is compared with is known when all are there."""
        return []


@FILTERS.register_module()
@checked
class BestShare(_Compares):
    """Keep the samples whose score is among the best ``share``, and drop the others and those without the score.

    Args:
        score: as of :class:`Threshold`.
        share: fraction of the samples that is kept.
        per_class: among the samples whose prompt names the same class, so that hard classes keep their share; a sample
            of several classes stays when it is among the best of any. False: among all.
        highest: whether high is good.

    Its memory grows by 4 bytes for each sample and class.
    """

    score: ScoreName
    share: Share
    per_class: bool = True
    highest: bool = True

    def fit(self, records: Iterable[SampleRecord]) -> Causes:
        sign = 1 if self.highest else -1
        values: dict[str, array] = defaultdict(lambda: array('f'))
        for record in records:
            if (value := lookup(record.scores, self.score)) is not None:
                for name in self._groups(record):
                    values[name].append(sign * value)
        limits = {name: self._limit(found) for name, found in values.items()}

        def causes(record: SampleRecord) -> list[str]:
            value = lookup(record.scores, self.score)
            if value is None:
                return [f'no {self.score}']
            rounded = array('f', [sign * value])[0]
            if any(rounded >= limits.get(name, math.inf) for name in self._groups(record)):
                return []
            return [f'not among the best {self.share:.0%} by {self.score}']

        return causes

    def _groups(self, record: SampleRecord) -> list[str]:
        return (list(record.classes) or ['']) if self.per_class else ['']

    def _limit(self, values: array) -> float:
        best = sorted(values, reverse=True)
        return best[max(1, round(self.share * len(best))) - 1]


@FILTERS.register_module()
@checked
class ClassBalance(_Compares):
    """Drop samples of frequent classes until none has more than ``ratio`` times the samples of the rarest one.

    Samples are taken in the order of their numbers; one stays when any class that its prompt names still lacks some.
    Those that name no class stay.

    Args:
        ratio: 1 is full balance, as far as images that show several classes allow it.
    """

    ratio: Annotated[float, Field(ge=1)] = 1.0

    def fit(self, records: Iterable[SampleRecord]) -> Causes:
        named = [(record.id, tuple(record.classes)) for record in records if record.classes]
        counts = Counter(name for _, classes in named for name in classes)
        most = self.ratio * min(counts.values(), default=0)
        taken: Counter[str] = Counter()
        dropped: set[int] = set()
        for sample, classes in named:
            if any(taken[name] < most for name in classes):
                taken.update(classes)
            else:
                dropped.add(sample)
        return lambda record: ['enough of its classes'] if record.id in dropped else []


@FILTERS.register_module()
@checked
class NearDuplicates(_Compares):
    """Drop a sample whose image is nearly that of one before it, by perceptual hashes (``tools/score.py``).

    Args:
        max_distance: most bits of 64 in which the hashes of two near-duplicates differ.

    Its memory grows by some hundred bytes for each sample that stays.
    """

    max_distance: Annotated[int, Field(ge=0, le=15)] = 4

    def fit(self, records: Iterable[SampleRecord]) -> Causes:
        found = HashIndex(self.max_distance)
        of: dict[int, int] = {}
        for record in records:
            if record.scores and record.scores.image:
                near = found.add(int(record.scores.image.phash, 16), record.id)
                if near is not None:
                    of[record.id] = near

        def causes(record: SampleRecord) -> list[str]:
            if not record.scores or not record.scores.image:
                return ['no image.phash']
            return ['nearly the image of another sample'] if record.id in of else []

        return causes


class HashIndex:
    """Hashes of 64 bits, searched for one within a distance.

    Two hashes that differ in at most d bits are equal in at least one of d + 1 parts, so only hashes with an equal part
    are compared.

    Args:
        max_distance: d.
    """

    def __init__(self, max_distance: int):
        self.max_distance = max_distance
        parts = max_distance + 1
        edges = [round(64 * index / parts) for index in range(parts + 1)]
        self.parts = [(low, (1 << (high - low)) - 1) for low, high in itertools.pairwise(edges)]
        self.tables: list[dict[int, list[tuple[int, int]]]] = [defaultdict(list) for _ in self.parts]

    def add(self, value: int, name: int) -> int | None:
        """Add a hash, unless one within the distance is there: then -> the name of that one."""
        keys = [value >> low & mask for low, mask in self.parts]
        for key, table in zip(keys, self.tables, strict=True):
            for other, known in table.get(key, ()):
                if (other ^ value).bit_count() <= self.max_distance:
                    return known
        for key, table in zip(keys, self.tables, strict=True):
            table[key].append((value, name))
        return None
