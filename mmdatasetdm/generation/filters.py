"""Sample filters: rules over the scores that are stored with every sample.

A filter never deletes: every sample stays on disk and in the manifest with its scores, the filters decide which ids are
listed for training, and each id that is not listed says why. So filters can be changed without sampling or annotating
again.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar, Protocol

from mmdatasetdm.errors import UserError


class Filter(Protocol):
    """A dataclass of thresholds."""

    task: ClassVar[str | None]  # the decoder whose scores it reads; None: it reads none

    def causes(self, record: Mapping) -> list[str]:
        """Why the sample of this manifest record is dropped; nothing: it stays. No numbers: its scores have them."""
        ...


@dataclass(frozen=True, kw_only=True)
class PromptedClassesFound:
    """Drop a sample where a prompted class is absent.

    Args:
        min_share: a class counts as found when it covers at least this share of the image's pixels.
        fraction: at least this fraction of the prompted classes must be found.
    """

    task: ClassVar[str] = 'semantic'
    min_share: float = 0.002
    fraction: float = 1.0

    def causes(self, record: Mapping) -> list[str]:
        shares, prompted = record['scores']['shares'], record['classes']
        absent = [name for name in prompted if shares.get(name, 0.0) < self.min_share]
        return [] if _enough(prompted, absent, self.fraction) else [f'{name} not found' for name in absent]


@dataclass(frozen=True, kw_only=True)
class MeanConfidence:
    """Drop a sample whose winning probability, averaged over its pixels, is below ``at_least``."""

    task: ClassVar[str] = 'semantic'
    at_least: float

    def causes(self, record: Mapping) -> list[str]:
        return [f'below {self.at_least}'] if record['scores']['confidence'] < self.at_least else []


@dataclass(frozen=True, kw_only=True)
class IgnoredShare:
    """Drop a sample of whose pixels more than ``at_most`` are ignored."""

    task: ClassVar[str] = 'semantic'
    at_most: float

    def causes(self, record: Mapping) -> list[str]:
        return [f'above {self.at_most}'] if record['scores']['ignored'] > self.at_most else []


@dataclass(frozen=True, kw_only=True)
class ObjectCount:
    """Drop a sample with fewer than ``at_least`` or more than ``at_most`` objects (None: no limit)."""

    task: ClassVar[str] = 'instance'
    at_least: int = 1
    at_most: int | None = None

    def causes(self, record: Mapping) -> list[str]:
        count = record['scores']['instance']['objects']
        if count < self.at_least:
            return [f'fewer than {self.at_least} objects']
        return [f'more than {self.at_most} objects'] if self.at_most is not None and count > self.at_most else []


@dataclass(frozen=True, kw_only=True)
class PromptedObjectsFound:
    """Drop a sample where fewer than ``fraction`` of the prompted classes have an object."""

    task: ClassVar[str] = 'instance'
    fraction: float = 1.0

    def causes(self, record: Mapping) -> list[str]:
        scores, prompted = record['scores']['instance'], record['classes']
        absent = [name for name in prompted if name not in scores['found']]
        return [] if _enough(prompted, absent, self.fraction) else [f'no {name}' for name in absent]


@dataclass(frozen=True, kw_only=True)
class LabelAgreement:
    """Drop a sample whose objects and semantic labels agree on less than ``at_least`` of the objects' pixels.

    A sample without objects, or beside no semantic labels, stays.
    """

    task: ClassVar[str] = 'instance'
    at_least: float

    def causes(self, record: Mapping) -> list[str]:
        agreement = record['scores']['instance'].get('agreement')
        return [f'below {self.at_least}'] if agreement is not None and agreement < self.at_least else []


@dataclass(frozen=True, kw_only=True)
class JointConfidence:
    """Drop a sample whose joints' scores are below ``at_least`` on average, or that shows nobody."""

    task: ClassVar[str] = 'pose'
    at_least: float

    def causes(self, record: Mapping) -> list[str]:
        scores = record['scores']['pose']
        if not scores['people']:
            return ['nobody found']
        return [f'below {self.at_least}'] if scores['confidence'] < self.at_least else []


@dataclass(frozen=True, kw_only=True)
class PromptWords:
    """Drop a sample whose prompt has one of the words ``without``; for images that another recipe prompted."""

    task: ClassVar[None] = None
    without: Sequence[str]

    def causes(self, record: Mapping) -> list[str]:
        words = re.findall(r'\w+', record['prompt'].lower())
        return [f'has {word}' for word in self.without if word.lower() in words]


def _enough(prompted: Sequence[str], absent: Sequence[str], fraction: float) -> bool:
    return len(prompted) - len(absent) >= fraction * len(prompted)


_ALL = (
    PromptedClassesFound,
    MeanConfidence,
    IgnoredShare,
    ObjectCount,
    PromptedObjectsFound,
    LabelAgreement,
    JointConfidence,
    PromptWords,
)
FILTERS = {cls.__name__: cls for cls in _ALL}


def build_filters(configs: Sequence[Mapping]) -> tuple[Filter, ...]:
    """Filters from a recipe's ``filters=[dict(type=…, …), …]``."""
    filters = []
    if not isinstance(configs, Sequence) or not all(isinstance(config, Mapping) for config in configs):
        raise UserError(f'recipe: filters is {configs!r}; it must be a list of dict(type=…, …)')
    for config in configs:
        options = dict(config)
        kind = options.pop('type', None)
        if kind not in FILTERS:
            raise UserError(f'recipe: filters: unknown type {kind!r}; known are {", ".join(FILTERS)}')
        known = list(inspect.signature(FILTERS[kind]).parameters)
        try:
            filters.append(FILTERS[kind](**options))
        except TypeError:
            raise UserError(
                f'recipe: filter {kind} takes {", ".join(known)}; it was given {", ".join(options) or "nothing"}'
            ) from None
    return tuple(filters)


def describe(rule: Filter) -> dict:
    """The rule as it stands in dataset.json."""
    return dict(type=type(rule).__name__, **asdict(rule))


def dropped_by(filters: Sequence[Filter], record: Mapping) -> tuple[str, list[str]] | None:
    """(rule, causes) of the first rule that drops the sample; None: it is selected. A failed sample never is."""
    if record['failed']:
        return 'failed', [record['failed']]
    for rule in filters:
        if causes := rule.causes(record):
            return type(rule).__name__, causes
    return None
