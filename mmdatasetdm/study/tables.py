"""Means and spreads over seeds, and the tables that show them."""

import statistics
from collections.abc import Iterable, Sequence

SETTINGS = ('real', 'synthetic', 'both')


def summarize(runs: Iterable[dict]) -> list[dict]:
    """Gather runs over their seeds.

    Args:
        runs: dicts with ``model``, ``labels``, ``setting``, ``seed``, ``mIoU`` and ``classes`` (name -> IoU); percent.

    Returns:
        One row for each (model, labels, setting): ``mIoU`` is the mean, ``spread`` the standard deviation over seeds
        (n - 1 in the denominator; None with one seed), ``seeds`` the seeds, ``classes`` the means of the classes.
    """
    groups: dict[tuple, list[dict]] = {}
    for run in runs:
        groups.setdefault((run['model'], run['labels'], run['setting']), []).append(run)
    rows = []
    order = sorted(groups, key=lambda key: (key[0], key[1], SETTINGS.index(key[2])))
    for model, labels, setting in order:
        group = groups[model, labels, setting]
        names = list(dict.fromkeys(name for run in group for name in run['classes']))
        classes = {name: round(statistics.fmean(run['classes'][name] for run in group if name in run['classes']), 2)
                   for name in names}
        rows.append(dict(model=model, labels=labels, setting=setting, seeds=sorted(run['seed'] for run in group),
                         **_mean([run['mIoU'] for run in group]), classes=classes))
    return rows


def gains(runs: Iterable[dict], *, over: str = 'real') -> list[dict]:
    """What each setting adds to ``over``, seed by seed: rows as those of :func:`summarize`, without classes."""
    runs = list(runs)
    base = {(run['model'], run['labels'], run['seed']): run['mIoU'] for run in runs if run['setting'] == over}
    differences: dict[tuple, list[float]] = {}
    for run in runs:
        key = run['model'], run['labels'], run['seed']
        if run['setting'] != over and key in base:
            differences.setdefault((run['model'], run['labels'], run['setting']), []).append(run['mIoU'] - base[key])
    return [dict(model=key[0], labels=key[1], setting=key[2], **_mean(values))
            for key, values in sorted(differences.items(), key=lambda item: (*item[0][:2], SETTINGS.index(item[0][2])))]


def markdown(runs: Sequence[dict]) -> str:
    """The table that the README shows (mIoU on the test images, mean ± spread over seeds), and one of the classes."""
    rows = summarize(runs)
    settings = [setting for setting in SETTINGS if any(row['setting'] == setting for row in rows)]
    gain = {(row['model'], row['labels']): row for row in gains(runs) if row['setting'] == 'both'}
    head = ['model', 'labelled images', *settings, *(['both - real'] if gain else [])]
    lines = [_line(head), _line(['---'] * len(head))]
    for model, labels in dict.fromkeys((row['model'], row['labels']) for row in rows):
        cells = {row['setting']: _plus_minus(row) for row in rows if (row['model'], row['labels']) == (model, labels)}
        line = [model, str(labels), *(cells.get(setting, '') for setting in settings)]
        if gain:
            line.append(_plus_minus(gain[model, labels], sign='+') if (model, labels) in gain else '')
        lines.append(_line(line))
    names = list(dict.fromkeys(name for row in rows for name in row['classes']))
    lines += ['', _line(['model', 'labelled images', 'setting', *names]), _line(['---'] * (3 + len(names)))]
    for row in rows:
        values = [f"{row['classes'][name]:.1f}" if name in row['classes'] else '' for name in names]
        lines.append(_line([row['model'], str(row['labels']), row['setting'], *values]))
    return '\n'.join(lines) + '\n'


def _mean(values: Sequence[float]) -> dict:
    spread = round(statistics.stdev(values), 2) if len(values) > 1 else None
    return dict(mIoU=round(statistics.fmean(values), 2), spread=spread)


def _plus_minus(row: dict, *, sign: str = '') -> str:
    return f"{row['mIoU']:{sign}.1f}" + ('' if row['spread'] is None else f" ± {row['spread']:.1f}")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
