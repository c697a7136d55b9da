"""Sample filters: rules over the scores that are stored with every sample.

A filter never deletes: every sample stays on disk and in the manifest with its scores, the filters decide which ids are
listed for training, and each id that is not listed says why. So filters can be changed without sampling or annotating
again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, ClassVar, Protocol

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.options import build_kind, shown
from mmdatasetdm.generation.records import SampleRecord
from mmdatasetdm.registry import FILTERS


class Filter(Protocol):
    """A dataclass of thresholds."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    task: ClassVar[str | None]  # the decoder whose scores it reads; None: it reads none

    def causes(self, record: SampleRecord) -> list[str]:
        """Why the sample is dropped; nothing: it stays. No numbers: its scores have them."""
        ...


def build_filters(configs: Sequence[Mapping]) -> tuple[Filter, ...]:
    """Filters from a recipe's ``filters=[dict(type=…, …), …]``."""
    if (
        isinstance(configs, str)
        or not isinstance(configs, Sequence)
        or not all(isinstance(c, Mapping) for c in configs)
    ):
        raise UserError(f'recipe: filters is {shown(configs)}; it must be a list of dict(type=…, …)')
    return tuple(build_kind(FILTERS, config, where=f'filters[{index}]') for index, config in enumerate(configs))


def describe(rule: Filter) -> dict:
    """The rule as it stands in dataset.json."""
    return dict(type=type(rule).__name__, **asdict(rule))


def dropped_by(filters: Sequence[Filter], record: SampleRecord) -> tuple[str, list[str]] | None:
    """(rule, causes) of the first rule that drops the sample; None: it is selected. A failed sample never is."""
    if record.failed:
        return 'failed', [record.failed]
    for rule in filters:
        if causes := rule.causes(record):
            return type(rule).__name__, causes
    return None
