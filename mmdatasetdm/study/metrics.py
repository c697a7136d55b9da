"""The numbers that the evaluations of a study leave."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mmdatasetdm.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One number of an evaluation.

    Args:
        key: its name in mmengine's logs.
        name: its name in results and tables.
        scale: what the logged value is multiplied by.
        decimals: shown in tables.
        lower_is_better: an error, not a score.
        empty: the value, scaled, where nothing was logged; None: that is an error.
    """

    key: str
    name: str
    scale: float = 1.0
    decimals: int = 1
    lower_is_better: bool = False
    empty: float | None = None

    def of_style(self, style: str) -> 'Metric':
        """The same on the test images of another style."""
        return replace(self, name=f'{self.name}, {style}')


def scores_of_training(folder: Path, metrics: Sequence[Metric]) -> dict:
    """``scores`` {metric: value} and ``classes`` {class: IoU} of the last validation in a work folder.

    Raises:
        UserError: there was none.
    """
    logs = sorted(folder.glob('*/vis_data/scalars.json'))
    lines = [line for path in logs for line in path.read_text(encoding='utf-8').split('\n') if line]
    return _scores([json.loads(line) for line in lines], folder, metrics)


def scores_of_test(folder: Path, metrics: Sequence[Metric]) -> dict:
    """The same of the test whose work folder this is."""
    logs = sorted(path for path in folder.glob('*/*.json') if path.stem == path.parent.name)
    return _scores([json.loads(path.read_text(encoding='utf-8')) for path in logs], folder, metrics)


def _scores(logged: list[dict], folder: Path, metrics: Sequence[Metric]) -> dict:
    found: dict = {}
    for values in logged:
        found = values if any(metric.key in values for metric in metrics) else found
    scores = {}
    for metric in metrics:
        if metric.key not in found and metric.empty is None:
            raise UserError(f'{folder}: the evaluation left no {metric.key}')
        value = found[metric.key] * metric.scale if metric.key in found else metric.empty
        scores[metric.name] = round(value, metric.decimals + 4)
    classes = {name.removeprefix('IoU/'): value for name, value in found.items() if name.startswith('IoU/')}
    return dict(scores=scores, classes=classes)
