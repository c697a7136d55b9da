"""Sample filters: rules over the scores that are stored with every sample.

A filter never deletes: every sample stays on disk and in the manifest with its scores, the filters decide which ids are
listed for training, and each id that is not listed says why. So filters can be changed without sampling or annotating
again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, ClassVar, Protocol

from pydantic import Field

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.options import Names, Probability, Whole, build, checked, choose, shown


class Filter(Protocol):
    """A dataclass of thresholds."""

    task: ClassVar[str | None]  # the decoder whose scores it reads; None: it reads none

    def causes(self, record: Mapping) -> list[str]:
        """Why the sample of this manifest record is dropped; nothing: it stays. No numbers: its scores have them."""
        ...


@checked
class PromptedClassesFound:
    """Drop a sample where a prompted class is absent.

    Args:
        min_share: a class counts as found when it covers at least this share of the image's pixels.
        fraction: at least this fraction of the prompted classes must be found.
    """

    task: ClassVar[str] = 'semantic'
    min_share: Probability = 0.002
    fraction: Probability = 1.0

    def causes(self, record: Mapping) -> list[str]:
        shares, prompted = record['scores']['shares'], record['classes']
        absent = [name for name in prompted if shares.get(name, 0.0) < self.min_share]
        return [] if _enough(prompted, absent, self.fraction) else [f'{name} not found' for name in absent]


@checked
class MeanConfidence:
    """Drop a sample whose winning probability, averaged over its pixels, is below ``at_least``."""

    task: ClassVar[str] = 'semantic'
    at_least: Probability

    def causes(self, record: Mapping) -> list[str]:
        return [f'below {self.at_least}'] if record['scores']['confidence'] < self.at_least else []


@checked
class IgnoredShare:
    """Drop a sample of whose pixels more than ``at_most`` are ignored."""

    task: ClassVar[str] = 'semantic'
    at_most: Probability

    def causes(self, record: Mapping) -> list[str]:
        return [f'above {self.at_most}'] if record['scores']['ignored'] > self.at_most else []


@checked
class ObjectCount:
    """Drop a sample with fewer than ``at_least`` or more than ``at_most`` objects (None: no limit)."""

    task: ClassVar[str] = 'instance'
    at_least: Whole = 1
    at_most: Whole | None = None

    def __post_init__(self):
        if self.at_most is not None and self.at_most < self.at_least:
            raise ValueError(f'at_most {self.at_most} is less than at_least {self.at_least}')

    def causes(self, record: Mapping) -> list[str]:
        count = record['scores']['instance']['objects']
        if count < self.at_least:
            return [f'fewer than {self.at_least} objects']
        return [f'more than {self.at_most} objects'] if self.at_most is not None and count > self.at_most else []


@checked
class PromptedObjectsFound:
    """Drop a sample where fewer than ``fraction`` of the prompted classes have an object."""

    task: ClassVar[str] = 'instance'
    fraction: Probability = 1.0

    def causes(self, record: Mapping) -> list[str]:
        scores, prompted = record['scores']['instance'], record['classes']
        absent = [name for name in prompted if name not in scores['found']]
        return [] if _enough(prompted, absent, self.fraction) else [f'no {name}' for name in absent]


@checked
class LabelAgreement:
    """Drop a sample whose objects and semantic labels agree on less than ``at_least`` of the objects' pixels.

    A sample without objects, or beside no semantic labels, stays.
    """

    task: ClassVar[str] = 'instance'
    at_least: Probability

    def causes(self, record: Mapping) -> list[str]:
        agreement = record['scores']['instance'].get('agreement')
        return [f'below {self.at_least}'] if agreement is not None and agreement < self.at_least else []


@checked
class JointConfidence:
    """Drop a sample whose joints' scores are below ``at_least`` on average, or that shows nobody."""

    task: ClassVar[str] = 'pose'
    at_least: Probability

    def causes(self, record: Mapping) -> list[str]:
        scores = record['scores']['pose']
        if not scores['people']:
            return ['nobody found']
        return [f'below {self.at_least}'] if scores['confidence'] < self.at_least else []


@checked
class PromptWords:
    """Drop a sample whose prompt has one of the words or phrases ``without``; for images that others prompted."""

    task: ClassVar[None] = None
    without: Annotated[Names, Field(min_length=1)]

    def causes(self, record: Mapping) -> list[str]:
        prompt = record['prompt'].lower()
        return [f'has {word}' for word in self.without if re.search(rf'(?<!\w){re.escape(word.lower())}(?!\w)', prompt)]


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
    if (
        isinstance(configs, str)
        or not isinstance(configs, Sequence)
        or not all(isinstance(c, Mapping) for c in configs)
    ):
        raise UserError(f'recipe: filters is {shown(configs)}; it must be a list of dict(type=…, …)')
    filters = []
    for index, config in enumerate(configs):
        options, where = dict(config), f'filters[{index}]'
        kind = options.pop('type', None)
        filters.append(build(choose(FILTERS, kind, where=where), options, where=where, kind=kind))
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
