"""What a stock model of a study has otherwise than its config says: a row of a table that needs no file of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """
    Args:
        options: keys of the whole config, e.g. ``{'optim_wrapper.optimizer.lr': 1e-4}``.
        real: keys of the labelled data set (FewShotDataset), e.g. ``dict(leave_out=['RandomFlip'])``.
        synthetic: keys of the generated data set (SyntheticDataset), e.g. ``dict(num=400)``.
        labels: the numbers of labelled images that this model is trained on; None: all of the study's.
        settings: the settings that it is trained in; None: all of the study's.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    real: Mapping[str, Any] = field(default_factory=dict)
    synthetic: Mapping[str, Any] = field(default_factory=dict)
    labels: Sequence[int] | None = None
    settings: Sequence[str] | None = None


def as_options(values: Mapping[str, Any], *, key: str = '') -> list[str]:
    """Values as ``--cfg-options`` takes them, ``KEY=VALUE``, below the dotted ``key``."""
    before = f'{key}.' if key else ''
    return [f'{before}{name}={_text(value)}' for name, value in values.items()]


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f'[{",".join(map(_text, value))}]'
    return str(value)
