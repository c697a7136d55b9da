"""The pages that show the numbers of studies: written from their ``results.json``, between marks.

``docs/results/NAME.json`` is the ``results.json`` of a study. It is shown in ``docs/benchmark.md``, and in the
``README.md`` and ``metafile.yml`` of each folder of ``configs/`` whose models it compares. A page says where:

    <!-- results: semantic models* -->
    what stands here is replaced as soon as there is a docs/results/semantic.json, or one that begins with models
    <!-- end of results -->

The short table of the ``README.md`` stands between ``<!-- gains: semantic instance -->`` and ``<!-- end of gains -->``.
What a person wrote outside of these marks stays.
"""

import fnmatch
import re
import statistics
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import yaml

from mmdatasetdm.errors import UserError
from mmdatasetdm.study.results import Results
from mmdatasetdm.study.tables import gains_table, markdown, plus_minus, summarize
from mmdatasetdm.utils.io import write_atomic

_SECTION = re.compile(r'<!-- results: (?P<names>.+?) -->\n(?P<body>.*?)<!-- end of results -->', re.DOTALL)
_GAINS = re.compile(r'(<!-- gains: (?P<names>.+?) -->\n).*?(<!-- end of gains -->)', re.DOTALL)
_BEGIN, _END = '<!-- results:', '<!-- end of results -->'
_WIDTH = 110  # of a command's lines


def write_pages(repository: Path) -> list[Path]:
    """Write all pages; returns those that changed, below ``repository``.

    Raises:
        UserError: a file of results cannot be read, or a page has no place for it. Nothing was written then.
    """
    texts = render_pages(repository)
    for path, text in texts.items():
        write_atomic(path, text.encode())
    return [path.relative_to(repository) for path in texts]


def render_pages(repository: Path) -> dict[Path, str]:
    """The new texts of those pages that are not up to date with ``docs/results``, by path."""
    found = [Results.load(path) for path in sorted((repository / 'docs/results').glob('*.json'))]
    if not found:
        return {}
    texts = {}
    page = repository / 'docs/benchmark.md'
    texts[page] = _fill(page, {results.name: _section(results, results.runs) for results in found})
    for folder in sorted(path.parent for path in (repository / 'configs').glob('*/metafile.yml')):
        shown = {results.name: _section_of_folder(results, folder.name) for results in found}
        shown = {name: text for name, text in shown.items() if text}
        if shown:
            texts[folder / 'README.md'] = _fill(folder / 'README.md', shown)
            texts[folder / 'metafile.yml'] = _with_metrics(folder / 'metafile.yml', found)
    readme = repository / 'README.md'
    texts[readme] = _GAINS.sub(partial(_gains, found), readme.read_text(encoding='utf-8'))
    return {path: text for path, text in texts.items() if text != path.read_text(encoding='utf-8')}


def _fill(page: Path, sections: Mapping[str, str]) -> str:
    """The page with each section in the first pair of marks that names it."""
    text = page.read_text(encoding='utf-8')
    if text.count(_BEGIN) != text.count(_END) or len(_SECTION.findall(text)) != text.count(_END):
        raise UserError(f'{page}: each `{_BEGIN} NAMES -->` needs a line `{_END}` before the next one')
    left = dict(sections)

    def replaced(match: re.Match) -> str:
        patterns = match['names'].split()
        names = [name for name in left if any(fnmatch.fnmatch(name, pattern) for pattern in patterns)]
        body = '\n'.join(left.pop(name) for name in names) or match['body']
        return f'<!-- results: {match["names"]} -->\n{body}{_END}'

    text = _SECTION.sub(replaced, text)
    for name in left:
        raise UserError(
            f'{page} has no place for docs/results/{name}.json: put the lines `{_BEGIN} {name} -->` and `{_END}` where '
            'its table belongs'
        )
    return text


def _gains(found: Sequence[Results], match: re.Match) -> str:
    """The marks of the short table with the table of those studies that they name."""
    patterns = match['names'].split()
    shown = [
        (results.name.replace('_', ' '), results.runs, results.metrics)
        for pattern in patterns
        for results in found
        if fnmatch.fnmatch(results.name, pattern)
    ]
    return f'{match[1]}\n{gains_table(shown)}\n{match[3]}' if shown else match[0]


def _section_of_folder(results: Results, folder: str) -> str:
    names = results.of_folder(folder)
    runs = [dict(run, model=f'`{names[run["model"]]}`') for run in results.runs if run['model'] in names]
    return _section(results, runs, full=False) if runs else ''


def _section(results: Results, runs: Sequence[dict], *, full: bool = True) -> str:
    """The command, what it was run with, and the tables; ``full``: of the classes and of what was generated, too."""
    if not full:
        runs = [dict(run, classes={}) for run in runs]
    seconds = [run['seconds'] for run in runs if 'seconds' in run]
    facts = [
        f'seeds {", ".join(map(str, results.seeds))}' if len(results.seeds) > 1 else f'seed {results.seeds[0]}',
        f'{results.num:,} generated images',
        f'{results.iterations:,} iterations of each stock model' if results.iterations else '',
        f'{results.decoders} averaged decoders' if results.decoders > 1 else '',
        f'without a label: {", ".join(results.unseen)}' if results.unseen else '',
        f'a training and its test took {statistics.median(seconds) / 60:.1f} minutes (median)' if seconds else '',
        *dict.fromkeys(run['machine'] for run in runs if 'machine' in run),
    ]
    line = '; '.join(filter(None, facts))
    spread = ' Mean ± standard deviation over the seeds.' if len(results.seeds) > 1 else ''
    parts = [
        f'```sh\n{_wrapped(results.command)}\n```',
        f'{line[0].upper()}{line[1:]}.{spread}',
        markdown(runs, results.metrics).strip(),
        *([_decoders(results), _selected(results)] if full else []),
    ]
    return '\n' + ''.join(f'{part}\n\n' for part in parts if part)


def _decoders(results: Results) -> str:
    """What the decoders reach on the validation images."""
    rows = summarize([dict(run, model='', setting='real') for run in results.decoder_scores], results.metrics)
    said = []
    for row in rows:
        cells = [(metric, row['scores'][metric.name]) for metric in results.metrics if metric.name in row['scores']]
        values = [f'{metric.name} {plus_minus(cell, metric.decimals)}' for metric, cell in cells]
        said.append(f'with {row["labels"]} labels {", ".join(values)}')
    return f'The decoders themselves, on the validation images: {"; ".join(said)}.' if said else ''


def _selected(results: Results) -> str:
    """How many of the generated images are trained on."""
    by_labels: dict[int, list[str]] = {}
    for found in results.generated:
        by_labels.setdefault(found['labels'], []).append(f'{found["selected"]:,}')
    said = [f'with {labels} labels {", ".join(counts)}' for labels, counts in by_labels.items()]
    return f'Of the generated images the filters select, by seed: {"; ".join(said)}.' if said else ''


def _wrapped(command: str) -> str:
    """A command over several lines, broken before its options."""
    first, *options = command.split(' --')
    lines = [first]
    for option in options:
        if len(lines[-1]) + len(option) + 3 > _WIDTH:
            lines.append(f'    --{option}')
        else:
            lines[-1] += f' --{option}'
    return ' \\\n'.join(lines)


def _with_metrics(metafile: Path, found: Sequence[Results]) -> str:
    """The metafile with ``Metrics`` of each config that a study compared: the mean over seeds, by number of labels."""
    content = yaml.safe_load(metafile.read_text(encoding='utf-8'))
    metrics: dict[str, dict[str, float]] = {}
    for results in found:
        for row in summarize(results.runs, results.metrics):
            setting, *ratio = row['setting'].split()
            config = Path(results.models[row['model']][setting]).stem
            of = [f'{row["labels"]} labels', *(f'ratio {part}' for part in ratio)]
            of += [f'{results.decoders} decoders'] if results.decoders > 1 else []
            for metric in results.metrics:
                if metric.name in row['scores']:
                    value = round(row['scores'][metric.name]['mean'], metric.decimals)
                    # without commas, which part the conditions of `mim search --condition`
                    key = ' '.join([metric.name, *of]).replace(',', '')
                    metrics.setdefault(config, {}).setdefault(key, value)
    for model in content['Models']:
        if model['Name'] in metrics:
            model['Results'][0]['Metrics'] = metrics[model['Name']]
    return yaml.safe_dump(content, sort_keys=False, width=200, allow_unicode=True)
