"""The numbers of a published table, which ``study/tables.py`` shows beside ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class PaperRow:
    """One row of the table.

    Args:
        model: as the study names it.
        labels: labelled images.
        setting: real, synthetic or real+synthetic.
        scores: by the names of the study's metrics.
        classes: IoU in percent by class.
    """

    model: str
    labels: int
    setting: str
    scores: Mapping[str, float] = field(default_factory=dict)
    classes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A published table.

    Args:
        source: where it is, e.g. 'DatasetDM supp. table 4'.
        rows: of it, those that the study repeats.
    """

    source: str
    rows: tuple[PaperRow, ...]
