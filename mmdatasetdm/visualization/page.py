"""The report's HTML: plain text with its own style and a few lines of script; nothing is fetched from anywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from mmdatasetdm.visualization.labels import background_of

# how a sample may be shown; the first that is there is shown first
VIEWS = ('overlay', 'objects', 'joints', 'image', 'mask', 'depth')
# what must be said of a view
LEGENDS = dict(overlay='Grey stripes are ignored pixels.', depth='Depth goes from red, near, to blue.')
# by which a page is known as ours
MARK = '<meta name="generator" content="mmdatasetdm">'
NO_COLOUR = (160, 160, 160)


def render_page(
    dataset: Mapping,
    *,
    cards: Sequence[Mapping],
    rejects: Sequence[Mapping],
    results: Mapping | None,
    together: Mapping | None = None,
    name: str,
) -> str:
    """The page about ``dataset`` (dataset.json); ``cards``, ``rejects``: samples, as of ``report.draw_card``;
    ``together``: the picture with all labels of a sample, as of ``report.draw_together``.
    """
    environment = Environment(
        loader=PackageLoader('mmdatasetdm.visualization'),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    views = [view for view in VIEWS if any(view in card['views'] for card in cards)]
    named = {name for card in cards for name in card['classes']}
    speed = dataset['throughput']['seconds_per_image']
    return environment.get_template('report.html').render(
        name=name,
        summary=summary(dataset),
        warnings=dataset.get('warnings', ()),
        tiles=tiles(dataset),
        together=together,
        results=results_table(results) if results else None,
        classes=class_table(dataset) if dataset['classes'] else (),
        views=views,
        shown={name: colour for name, colour in colours(dataset).items() if name in named},
        legend=' '.join(text for view, text in LEGENDS.items() if view in views),
        cards=cards,
        filters=filters(dataset),
        rejects=rejects,
        costs=', '.join(f'{part} {value:.3f} s' for part, value in speed.items()),
        code=', '.join(dataset['code_versions']),
        fingerprint=dataset['fingerprint'],
        recipe=json.dumps(dataset['recipe'], indent=1, ensure_ascii=False),
    )


def summary(dataset: Mapping) -> str:
    sampler, decoders = dataset['recipe']['sampler'], dataset['recipe']['decoders']
    of = f' of {len(dataset["per_class"])} classes' if dataset['per_class'] else ''
    by = ' and '.join(f'{task} decoder {decoder["checkpoint"]}' for task, decoder in decoders.items())
    return (
        f'{dataset["samples"]:,} images{of} by generator '
        f'{dataset["recipe"]["generator"]} ({sampler["scheduler"]}, {sampler["steps"]} steps, guidance '
        f'{sampler["guidance"]:g}), labelled by {by}.'
    )


def tiles(dataset: Mapping) -> list[tuple[str, str]]:
    """Numbers and what they are."""
    speed = dataset['throughput']
    rows = [
        (f'{dataset["selected"]:,}', f'of {dataset["samples"]:,} samples selected'),
        (f'{speed["images_per_second"]:.2f}', f'labelled images/s ({", ".join(speed["devices"])})'),
        (duration(speed['seconds']), 'sampling and labelling'),
    ]
    if dataset['ignored_share'] is not None:
        rows[1:1] = [(f'{dataset["ignored_share"]:.1%}', 'of pixels ignored (255)')]
    if dataset['mean_confidence'] is not None:
        rows[2:2] = [(f'{dataset["mean_confidence"]:.2f}', 'mean confidence')]
    if dataset.get('objects'):
        agreement = dataset.get('agreement')
        beside = '' if agreement is None else f', {agreement:.1%} of their pixels as the semantic labels say'
        rows.insert(1, (f'{dataset["objects"]:,}', f'objects{beside}'))
    if dataset.get('people'):
        rows.insert(1, (f'{dataset["people"]:,}', f'people{joints_in_masks(dataset)}'))
    if dataset['failed']:
        rows.append((f'{dataset["failed"]:,}', f'failed: {", ".join(dataset["failures"])}'))
    return rows


def joints_in_masks(dataset: Mapping) -> str:
    """Which share of the joints lay outside of their person's mask, and what became of them."""
    if dataset.get('joints_outside') is None:
        return ''
    done = dict(keep='', clip=', now hidden', drop='; with most of them there, people are dropped')
    option = dataset['recipe']['decoders'].get('pose', {}).get('mask', 'keep')
    return f', {dataset["joints_outside"]:.1%} of visible joints outside of the masks{done[option]}'


def duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return (
        f'{seconds:.0f} s'
        if seconds < 120
        else f'{minutes} min'
        if minutes < 120
        else f'{minutes // 60} h {minutes % 60} min'
    )


def results_table(results: Mapping[str, Mapping]) -> dict | None:
    """Settings by metrics; numbers alone, a bar for the first metric."""
    metrics = list(dict.fromkeys(key for row in results.values() for key, value in row.items() if is_number(value)))
    if not metrics:
        return None
    first = {setting: row[metrics[0]] if is_number(row.get(metrics[0])) else 0 for setting, row in results.items()}
    most = max(first.values()) or 1
    rows = [
        dict(
            setting=setting,
            cells=[f'{row[key]:.1f}' if is_number(row.get(key)) else '-' for key in metrics],
            width=f'{100 * first[setting] / most:.1f}',
        )
        for setting, row in results.items()
    ]
    return dict(metrics=metrics, rows=rows)


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def class_table(dataset: Mapping) -> list[dict]:
    counts, background = dataset['per_class'], background_of(dataset)
    most = max((row['pixel_share'] for name, row in counts.items() if name != background), default=0) or 1
    return [
        dict(
            name=name,
            colour=colour,
            prompted=f'{row["prompted"]:,}',
            images=f'{row["images"]:,}',
            share=f'{row["pixel_share"]:.2%}',
            width=f'{min(100.0, 100 * row["pixel_share"] / most):.1f}',
        )
        for (name, row), colour in zip(counts.items(), colours(dataset).values(), strict=True)
    ]


def colours(dataset: Mapping) -> dict[str, Sequence[int]]:
    """Decoder's class -> its colour: of the class that it has in the label maps, grey where it has none there."""
    known, names = dict(zip(dataset['classes'], dataset['palette'], strict=False)), dataset.get('label_names', {})
    return {name: known.get(names.get(name, name), NO_COLOUR) for name in dataset['per_class']}


def filters(dataset: Mapping) -> list[dict]:
    rows = []
    for rule in dataset['filters']:
        options = {key: value for key, value in rule.items() if key not in ('type', 'dropped', 'reasons')}
        rows.append(
            dict(
                type=rule['type'],
                options=', '.join(f'{key} {value}' for key, value in options.items()),
                dropped=f'{rule["dropped"]:,}',
                reasons='; '.join(f'{reason} ({count:,})' for reason, count in list(rule['reasons'].items())[:6]),
            )
        )
    return rows
