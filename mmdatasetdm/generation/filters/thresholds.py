"""A filter by any score: bounds of one number."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from mmdatasetdm.generation.options import Text, checked
from mmdatasetdm.generation.records import SampleRecord
from mmdatasetdm.generation.scores import TASK_SCORES, known_names, lookup
from mmdatasetdm.registry import FILTERS


def _known(name: str) -> str:
    """A name that :func:`lookup` takes; tasks of other packages may have any."""
    task, _, key = name.partition('.')
    tables = known_names()
    if task in TASK_SCORES and not any(
        key.startswith(f'{other.partition(".")[2]}.') if table else name == other
        for other, table in tables.items()
        if other.startswith(f'{task}.')
    ):
        names = ', '.join(f'{other}.CLASS' if table else other for other, table in tables.items())
        raise ValueError(f'there is no such score; known are {names}')
    if not key:
        raise ValueError("it must be a task and a score of it, as 'semantic.confidence'")
    return name


ScoreName = Annotated[Text, AfterValidator(_known)]
Number = Annotated[float, Field(allow_inf_nan=False)]


@FILTERS.register_module()
@checked
class Threshold:
    """Drop a sample of which a score is below ``at_least`` or above ``at_most``, or that has no such score.

    Args:
        score: 'semantic.confidence', 'semantic.fractions.cat', 'instance.counts.cat', 'image.clip', ...
        at_least, at_most: bounds; None: none.
        missing: what becomes of a sample without the score: one whose prompt names no class has no 'semantic.presence'.
    """

    task: ClassVar[None] = None
    score: ScoreName
    at_least: Number | None = None
    at_most: Number | None = None
    missing: Literal['drop', 'keep'] = 'drop'

    def __post_init__(self):
        if self.at_least is None and self.at_most is None:
            raise ValueError('give at_least, at_most or both')
        if self.at_least is not None and self.at_most is not None and self.at_most < self.at_least:
            raise ValueError(f'at_most {self.at_most} is less than at_least {self.at_least}')

    def causes(self, record: SampleRecord) -> list[str]:
        value = lookup(record.scores, self.score)
        if value is None:
            return [] if self.missing == 'keep' else [f'no {self.score}']
        if self.at_least is not None and value < self.at_least:
            return [f'{self.score} below {self.at_least:g}']
        return [f'{self.score} above {self.at_most:g}'] if self.at_most is not None and value > self.at_most else []
