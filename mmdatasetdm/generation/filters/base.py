"""Sample filters: rules over the scores that are stored with every sample.

A filter never deletes: every sample stays on disk and in the manifest with its scores, the filters decide which ids are
listed for training, and each id that is not listed says why. So filters can be changed without sampling or annotating
again.

Most filters judge a sample by itself. One that compares samples (the best tenth, as many of each class,
near-duplicates) is fitted to a data set before: :func:`fit_filters`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

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


@runtime_checkable
class SetFilter(Protocol):
    """A filter that compares the samples of a data set. Its own ``causes`` are none: it is not known before all are."""

    def fit(self, records: Iterable[SampleRecord]) -> Callable[[SampleRecord], list[str]]:
        """The ``causes`` for this data set.

        Args:
            records: the samples that the filters before it select, in the order of their ids.
        """
        ...


@dataclass(frozen=True)
class Fitted:
    """A filter that was fitted to a data set."""

    rule: Any
    causes: Callable[[SampleRecord], list[str]]


def fit_filters(
    filters: Sequence[Filter], records: Callable[[], Iterable[SampleRecord]]
) -> tuple[Filter | Fitted, ...]:
    """Filters that judge each sample of a data set by itself.

    Args:
        filters: in their order; those that compare samples see what the ones before them leave.
        records: gives the samples anew each time it is called: once for each filter that compares.
    """
    fitted: list[Filter | Fitted] = []
    for rule in filters:
        if isinstance(rule, SetFilter):
            left = (record for record in records() if dropped_by(fitted, record) is None)
            fitted.append(Fitted(rule=rule, causes=rule.fit(left)))
        else:
            fitted.append(rule)
    return tuple(fitted)


def build_filters(configs: Sequence[Mapping]) -> tuple[Filter, ...]:
    """Filters from a recipe's ``filters=[dict(type=…, …), …]``."""
    if (
        isinstance(configs, str)
        or not isinstance(configs, Sequence)
        or not all(isinstance(c, Mapping) for c in configs)
    ):
        raise UserError(f'recipe: filters is {shown(configs)}; it must be a list of dict(type=…, …)')
    return tuple(build_kind(FILTERS, config, where=f'filters[{index}]') for index, config in enumerate(configs))


def _rule(rule: Filter | Fitted) -> Any:
    return rule.rule if isinstance(rule, Fitted) else rule


def name_of(rule: Filter | Fitted) -> str:
    """By which a filter is told."""
    return type(_rule(rule)).__name__


def describe(rule: Filter | Fitted) -> dict:
    """The rule as it stands in dataset.json."""
    return dict(type=name_of(rule), **asdict(_rule(rule)))


def dropped_by(filters: Sequence[Filter | Fitted], record: SampleRecord) -> tuple[str, list[str]] | None:
    """(rule, causes) of the first rule that drops the sample; None: it is selected. A failed sample never is."""
    if record.failed:
        return 'failed', [record.failed]
    for rule in filters:
        if causes := rule.causes(record):
            return name_of(rule), causes
    return None
