"""The filters that come with the package."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, ClassVar, TypeVar

from pydantic import Field

from mmdatasetdm.generation.options import Names, Probability, Whole, checked
from mmdatasetdm.generation.records import SampleRecord
from mmdatasetdm.generation.scores import InstanceScores, PoseScores, SemanticScores
from mmdatasetdm.registry import FILTERS

ScoresT = TypeVar('ScoresT', SemanticScores, InstanceScores, PoseScores)


def scores_of(record: SampleRecord, kind: type[ScoresT]) -> ScoresT:
    """A sample's scores of a kind. It has them: a filter's ``task`` is one of the recipe's, the sample did not fail."""
    return next(scores for scores in vars(record.scores).values() if isinstance(scores, kind))


@FILTERS.register_module()
@checked
class ClassRecall:
    """Drop a sample where a prompted class is absent.

    Args:
        min_fraction: a class counts as found when it covers at least this fraction of the image's pixels.
        min_recall: at least this fraction of the prompted classes must be found.
    """

    task: ClassVar[str] = 'semantic'
    min_fraction: Probability = 0.002
    min_recall: Probability = 1.0

    def causes(self, record: SampleRecord) -> list[str]:
        fractions, prompted = scores_of(record, SemanticScores).fractions, record.classes
        absent = [name for name in prompted if fractions.get(name, 0.0) < self.min_fraction]
        return [] if _enough(prompted, absent, self.min_recall) else [f'{name} not found' for name in absent]


@FILTERS.register_module()
@checked
class MeanConfidence:
    """Drop a sample whose winning probability, averaged over its pixels, is below ``at_least``."""

    task: ClassVar[str] = 'semantic'
    at_least: Probability

    def causes(self, record: SampleRecord) -> list[str]:
        return [f'below {self.at_least}'] if scores_of(record, SemanticScores).confidence < self.at_least else []


@FILTERS.register_module()
@checked
class IgnoredFraction:
    """Drop a sample of whose pixels more than ``at_most`` are ignored."""

    task: ClassVar[str] = 'semantic'
    at_most: Probability

    def causes(self, record: SampleRecord) -> list[str]:
        return [f'above {self.at_most}'] if scores_of(record, SemanticScores).ignored > self.at_most else []


@FILTERS.register_module()
@checked
class InstanceCount:
    """Drop a sample with fewer than ``at_least`` or more than ``at_most`` instances (None: no limit)."""

    task: ClassVar[str] = 'instance'
    at_least: Whole = 1
    at_most: Whole | None = None

    def __post_init__(self):
        if self.at_most is not None and self.at_most < self.at_least:
            raise ValueError(f'at_most {self.at_most} is less than at_least {self.at_least}')

    def causes(self, record: SampleRecord) -> list[str]:
        count = scores_of(record, InstanceScores).instances
        if count < self.at_least:
            return [f'fewer than {self.at_least} instances']
        return [f'more than {self.at_most} instances'] if self.at_most is not None and count > self.at_most else []


@FILTERS.register_module()
@checked
class InstanceRecall:
    """Drop a sample where fewer than ``min_recall`` of the prompted classes have an instance."""

    task: ClassVar[str] = 'instance'
    min_recall: Probability = 1.0

    def causes(self, record: SampleRecord) -> list[str]:
        found, prompted = scores_of(record, InstanceScores).found, record.classes
        absent = [name for name in prompted if name not in found]
        return [] if _enough(prompted, absent, self.min_recall) else [f'no {name}' for name in absent]


@FILTERS.register_module()
@checked
class LabelAgreement:
    """Drop a sample whose instances and semantic labels agree on less than ``at_least`` of the instances' pixels.

    A sample without instances, or beside no semantic labels, stays.
    """

    task: ClassVar[str] = 'instance'
    at_least: Probability

    def causes(self, record: SampleRecord) -> list[str]:
        agreement = scores_of(record, InstanceScores).agreement
        return [f'below {self.at_least}'] if agreement is not None and agreement < self.at_least else []


@FILTERS.register_module()
@checked
class KeypointConfidence:
    """Drop a sample whose keypoints' scores are below ``at_least`` on average, or that has no person."""

    task: ClassVar[str] = 'pose'
    at_least: Probability

    def causes(self, record: SampleRecord) -> list[str]:
        scores = scores_of(record, PoseScores)
        if not scores.persons:
            return ['nobody found']
        return [f'below {self.at_least}'] if scores.confidence < self.at_least else []


@FILTERS.register_module()
@checked
class PromptWords:
    """Drop a sample whose prompt has one of the words or phrases ``without``; for images that others prompted."""

    task: ClassVar[None] = None
    without: Annotated[Names, Field(min_length=1)]

    def causes(self, record: SampleRecord) -> list[str]:
        prompt = record.prompt.lower()
        return [f'has {word}' for word in self.without if re.search(rf'(?<!\w){re.escape(word.lower())}(?!\w)', prompt)]


def _enough(prompted: Sequence[str], absent: Sequence[str], fraction: float) -> bool:
    return len(prompted) - len(absent) >= fraction * len(prompted)
