"""Means and spreads over seeds, and the tables that show them."""

import statistics
from collections.abc import Iterable, Sequence

from mmdatasetdm.study.config import MIXED, SETTINGS
from mmdatasetdm.study.metrics import Metric
from mmdatasetdm.study.paper import Paper


def summarize(runs: Iterable[dict], metrics: Sequence[Metric]) -> list[dict]:
    """Gather runs over their seeds.

    Args:
        runs: dicts with ``model``, ``labels``, ``setting``, ``seed``, ``scores`` {metric: value} and, where there are
            any, ``classes`` {name: IoU in percent}. A run may lack a metric.
        metrics: those to gather.

    Returns:
        One row for each (model, labels, setting): ``seeds``; ``scores``, for each metric its ``mean`` and ``spread``,
        the standard deviation over seeds (n - 1 in the denominator; None with one seed); the means of ``classes``.
    """
    rows = []
    for (model, labels, setting), group in _grouped(runs):
        names = dict.fromkeys(name for run in group for name in run.get('classes', ()))
        classes = {name: _mean(_values(group, 'classes', name))['mean'] for name in names}
        scores = {
            metric.name: _mean(_values(group, 'scores', metric.name))
            for metric in metrics
            if _values(group, 'scores', metric.name)
        }
        rows.append(
            dict(
                model=model,
                labels=labels,
                setting=setting,
                seeds=sorted(run['seed'] for run in group),
                scores=scores,
                classes=classes,
            )
        )
    return rows


def gains(runs: Iterable[dict], metrics: Sequence[Metric], *, over: str = 'real') -> list[dict]:
    """What each setting adds to ``over``, seed by seed.

    Returns:
        One row for each other (model, labels, setting): ``gains``, for each metric the ``mean`` and ``spread`` of the
        differences and, where lower is better, ``relative``, the same in percent of ``over``.
    """
    runs = list(runs)
    base = {(run['model'], run['labels'], run['seed']): run for run in runs if run['setting'] == over}
    rows = []
    for (model, labels, setting), group in _grouped(run for run in runs if run['setting'] != over):
        found = {}
        for metric in metrics:
            pairs = [
                (run['scores'][metric.name], base[model, labels, run['seed']]['scores'][metric.name])
                for run in group
                if (model, labels, run['seed']) in base
                and metric.name in run['scores']
                and metric.name in base[model, labels, run['seed']]['scores']
            ]
            if pairs:
                found[metric.name] = _mean([value - before for value, before in pairs])
            if pairs and metric.lower_is_better and all(before for _, before in pairs):
                relative = [100 * (value - before) / before for value, before in pairs]
                found[metric.name]['relative'] = _mean(relative)
        if found:
            rows.append(dict(model=model, labels=labels, setting=setting, gains=found))
    return rows


def markdown(runs: Sequence[dict], metrics: Sequence[Metric]) -> str:
    """The table that the README shows (mean ± spread over seeds, a row for each metric), and one of the classes."""
    rows = summarize(runs, metrics)
    tables = [_metrics_table(rows, gains(runs, metrics), metrics)]
    if any(row['classes'] for row in rows):
        tables.append(_classes_table(rows))
    return '\n\n'.join('\n'.join(lines) for lines in tables) + '\n'


def gains_table(studies: Sequence[tuple[str, Sequence[dict], Sequence[Metric]]]) -> str:
    """A short table over several studies: the first metric of each on real and on real+synthetic images.

    Args:
        studies: the name of each, its runs and its metrics.
    """
    lines = [_line(['', 'labelled images', 'metric', 'real', MIXED, 'gain']), _line(['---'] * 6)]
    for name, runs, (metric, *_) in studies:
        rows = {(row['model'], row['labels'], row['setting']): row['scores'] for row in summarize(runs, [metric])}
        for gained in gains(runs, [metric]):
            if gained['setting'].startswith(MIXED):
                of, said = (gained['model'], gained['labels']), f'{metric.name} (lower is better)'
                cells = [rows[(*of, setting)][metric.name] for setting in ('real', gained['setting'])]
                values = [plus_minus(cell, metric.decimals) for cell in cells]
                gain = f'**{_gain(gained["gains"][metric.name], metric.decimals)}**'
                said = said if metric.lower_is_better else metric.name
                lines.append(_line([name, str(gained['labels']), said, *values, gain]))
    return '\n'.join(lines) + '\n'


def comparison(paper: Paper, runs: Sequence[dict], metrics: Sequence[Metric]) -> str:
    """A Markdown table with a line for each number of the paper: its value, ours (mean over seeds) and the difference.

    Args:
        paper: the published numbers.
        runs: as :func:`mmdatasetdm.study.summarize` takes them; what is not run yet stays empty.
        metrics: of the study.
    """
    decimals = {metric.name: metric.decimals for metric in metrics}
    ours = {(row['model'], row['labels'], row['setting']): row for row in summarize(runs, metrics)}
    lines = [['model', 'labelled images', 'setting', 'metric', paper.source, 'here', 'difference']]
    for row in paper.rows:
        found = ours.get((row.model, row.labels, row.setting), dict(scores={}, classes={}))
        values = [(name, value, found['scores'].get(name, {}).get('mean')) for name, value in row.scores.items()]
        values += [(f'IoU {name}', value, found['classes'].get(name)) for name, value in row.classes.items()]
        for name, theirs, mean in values:
            digits = decimals.get(name, 1)
            here = ['', ''] if mean is None else [f'{mean:.{digits}f}', f'{mean - theirs:+.{digits}f}']
            lines.append([row.model, str(row.labels), row.setting, name, f'{theirs:.{digits}f}', *here])
    return '\n'.join([_line(lines[0]), _line(['---'] * len(lines[0])), *map(_line, lines[1:])]) + '\n'


def _metrics_table(rows: Sequence[dict], gained: Sequence[dict], metrics: Sequence[Metric]) -> list[str]:
    settings = sorted({row['setting'] for row in rows}, key=_place)
    gaining = [setting for setting in settings if any(row['setting'] == setting for row in gained)]
    gaining = [setting for setting in gaining if setting.startswith(MIXED)]
    scores = {(row['model'], row['labels'], row['setting']): row['scores'] for row in rows}
    gain = {(row['model'], row['labels'], row['setting']): row['gains'] for row in gained}
    head = ['model', 'labelled images', 'metric', *settings, *(f'{setting} - real' for setting in gaining)]
    lines = [_line(head), _line(['---'] * len(head))]
    for model, labels in dict.fromkeys((row['model'], row['labels']) for row in rows):
        for metric in metrics:
            cells = [scores.get((model, labels, setting), {}).get(metric.name) for setting in settings]
            if not any(cells):
                continue
            name = f'{metric.name} (lower is better)' if metric.lower_is_better else metric.name
            words = [model, str(labels), name, *(plus_minus(cell, metric.decimals) if cell else '' for cell in cells)]
            for setting in gaining:
                words.append(_gain(gain.get((model, labels, setting), {}).get(metric.name), metric.decimals))
            lines.append(_line(words))
    return lines


def _classes_table(rows: Sequence[dict]) -> list[str]:
    names = list(dict.fromkeys(name for row in rows for name in row['classes']))
    lines = [_line(['model', 'labelled images', 'setting', *names]), _line(['---'] * (3 + len(names)))]
    for row in rows:
        values = [f'{row["classes"][name]:.1f}' if name in row['classes'] else '' for name in names]
        lines.append(_line([row['model'], str(row['labels']), row['setting'], *values]))
    return lines


def _grouped(runs: Iterable[dict]) -> list[tuple[tuple, list[dict]]]:
    """Runs by (model, labels, setting), in the order of the table."""
    groups: dict[tuple, list[dict]] = {}
    for run in runs:
        groups.setdefault((run['model'], run['labels'], run['setting']), []).append(run)
    return sorted(groups.items(), key=lambda item: (*item[0][:2], _place(item[0][2])))


def _place(setting: str) -> tuple[int, str]:
    """In the table; 'real+synthetic 3:1' is beside 'real+synthetic'."""
    return SETTINGS.index(setting.split()[0]), setting


def _values(runs: Sequence[dict], part: str, name: str) -> list[float]:
    return [run[part][name] for run in runs if name in run.get(part, ())]


def _mean(values: Sequence[float]) -> dict:
    # Far finer than any table shows: what is rounded once here and once there may be one off in its last digit.
    spread = round(statistics.stdev(values), 6) if len(values) > 1 else None
    return dict(mean=round(statistics.fmean(values), 6), spread=spread)


def plus_minus(cell: dict, decimals: int, *, sign: str = '') -> str:
    """'21.0 ± 1.4' of a mean and its spread; without the spread where one seed was run."""
    spread = '' if cell['spread'] is None else f' ± {cell["spread"]:.{decimals}f}'
    return f'{cell["mean"]:{sign}.{decimals}f}{spread}'


def _gain(cell: dict | None, decimals: int) -> str:
    if cell is None:
        return ''
    relative = f' ({plus_minus(cell["relative"], 1, sign="+")} %)' if 'relative' in cell else ''
    return plus_minus(cell, decimals, sign='+') + relative


def _line(cells: Sequence[str]) -> str:
    return f'| {" | ".join(cells)} |'
