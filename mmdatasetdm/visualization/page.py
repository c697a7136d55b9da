"""The report's HTML: plain text with its own style and a few lines of script; nothing is fetched from anywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape

# how a sample may be shown; the first that is there is shown first
VIEWS = ('overlay', 'objects', 'joints', 'image', 'mask', 'depth')
# what must be said of a view
LEGENDS = dict(overlay='Grey stripes are ignored pixels.', depth='Depth goes from red, near, to blue.')

STYLE = """
:root {
  --ink: #1c2230; --soft: #667085; --line: #e3e6ec; --back: #f6f7f9; --card: #fff; --mark: #2f6fde; --why: #c2410c
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8eaf0; --soft: #98a1b3; --line: #2c3340; --back: #12151c; --card: #1b2029; --mark: #78a6ff; --why: #fb923c
  }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 60px }
h1 { font-size: 26px; margin: 0 }
h2 { font-size: 18px; margin: 36px 0 12px }
p { margin: 4px 0 0 }
.soft { color: var(--soft) }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin-top: 20px }
.tile, table, figure, pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px }
.tile { padding: 12px 14px }
.tile b { display: block; font-size: 22px; line-height: 1.2 }
.tile span { color: var(--soft); font-size: 13px }
table { border-collapse: collapse; width: 100%; font-size: 14px }
th, td { text-align: left; padding: 6px 12px; border-top: 1px solid var(--line) }
th { border-top: 0; color: var(--soft); font-weight: 600 }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
td.bar { width: 45% }
.bar i { display: block; height: 10px; border-radius: 2px; min-width: 1px }
.dot { display: inline-block; width: 11px; height: 11px; margin-right: 7px }
.dot { border-radius: 3px; box-shadow: 0 0 0 1px #8884 }
.tools { display: flex; flex-wrap: wrap; gap: 6px; margin: 0 0 8px }
button { font: inherit; font-size: 13px; color: inherit; cursor: pointer; padding: 3px 11px }
button { background: var(--card); border: 1px solid var(--line); border-radius: 14px }
button.on { border-color: var(--mark); color: var(--mark) }
.gap { width: 14px }
.note { margin: 8px 0 12px }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(168px, 1fr)); gap: 12px }
figure { margin: 0; overflow: hidden }
figure div { position: relative }
figure img { display: block; width: 100%; position: relative }
figure.wide { background: #fff; color: #1c2230; margin-top: 20px }
figure img + img { position: absolute; inset: 0; opacity: 0 }
img.mask { image-rendering: pixelated }
.overlay-view img.overlay, .objects-view img.objects, .joints-view img.joints, .image-view img.image,
.mask-view img.mask, .depth-view img.depth { z-index: 1; opacity: 1 }
figure div:hover img.image { z-index: 2; opacity: 1 }
figcaption { padding: 7px 10px 9px; font-size: 12.5px; line-height: 1.35 }
figcaption .soft { font-size: 12px }
.why { color: var(--why) }
details { margin-top: 12px }
pre { overflow: auto; padding: 12px; font-size: 12px }
"""

SCRIPT = """
for(const b of document.querySelectorAll('[data-view]'))b.onclick=()=>{
 document.body.className=b.dataset.view+'-view';mark('[data-view]',b)};
for(const b of document.querySelectorAll('[data-class]'))b.onclick=()=>{
 for(const f of document.querySelectorAll('#gallery figure'))
  f.hidden=b.dataset.class&&!f.dataset.classes.split('|').includes(b.dataset.class);mark('[data-class]',b)};
function mark(all,one){for(const b of document.querySelectorAll(all))b.classList.toggle('on',b===one)}
"""


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
    parts = [
        f'<h1>{escape(name)}</h1>',
        summary(dataset),
        tiles(dataset),
        all_labels(together) if together else '',
        results_table(results) if results else '',
        f'<h2>Classes</h2>{class_table(dataset)}' if dataset['classes'] else '',
        '<h2>Samples</h2>',
        toolbar(dataset, cards),
        f'<div class="grid" id="gallery">{"".join(map(figure, cards))}</div>',
        filters(dataset),
        f'<div class="grid">{"".join(map(figure, rejects))}</div>' if rejects else '',
        provenance(dataset),
    ]
    body = '\n'.join(part for part in parts if part)
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{escape(name)} · mmdatasetdm</title><style>{STYLE}</style>\n'
        f'<body class="{VIEWS[0]}-view"><main>\n{body}\n</main>'
        f'<script>{SCRIPT}</script></body></html>\n'
    )


def summary(dataset: Mapping) -> str:
    sampler, decoders = dataset['recipe']['sampler'], dataset['recipe']['decoders']
    of = f' of {len(dataset["per_class"])} classes' if dataset['per_class'] else ''
    by = ' and '.join(f'{task} decoder {decoder["checkpoint"]}' for task, decoder in decoders.items())
    text = (
        f'{dataset["samples"]:,} images{of} by generator '
        f'{dataset["recipe"]["generator"]} ({sampler["scheduler"]}, {sampler["steps"]} steps, guidance '
        f'{sampler["guidance"]:g}), labelled by {by}.'
    )
    return f'<p class="soft">{escape(text)}</p>'


def all_labels(together: Mapping) -> str:
    """One sample with every kind of its labels side by side."""
    said = ' · '.join([f'#{together["id"]}', *together['facts']])
    return (
        f'<h2>One image, all its labels</h2><figure class="wide"><img src="{together["path"]}" '
        f'alt="{escape(together["prompt"])}"><figcaption>{escape(together["prompt"])}<br>'
        f'<span class="soft">{escape(said)}</span></figcaption></figure>'
    )


def tiles(dataset: Mapping) -> str:
    speed = dataset['throughput']
    rows = [
        (f'{dataset["selected"]:,}', f'of {dataset["samples"]:,} samples selected'),
        (f'{speed["images_per_second"]:.2f}', f'labelled images/s ({", ".join(speed["devices"])})'),
        (duration(speed['seconds']), 'sampling and labelling'),
    ]
    if dataset['classes']:
        rows[1:1] = [
            (f'{dataset["ignored_share"]:.1%}', 'of pixels ignored (255)'),
            (f'{dataset["mean_confidence"]:.2f}', 'mean confidence'),
        ]
    if dataset.get('objects'):
        agreement = dataset['agreement']
        beside = '' if agreement is None else f', {agreement:.1%} of their pixels as the semantic labels say'
        rows.insert(1, (f'{dataset["objects"]:,}', f'objects{beside}'))
    if dataset.get('people'):
        rows.insert(1, (f'{dataset["people"]:,}', f'people{joints_in_masks(dataset)}'))
    if dataset['failed']:
        rows.append((f'{dataset["failed"]:,}', f'failed: {", ".join(dataset["failures"])}'))
    return (
        '<div class="tiles">'
        + ''.join(
            f'<div class="tile"><b>{escape(value)}</b><span>{escape(label)}</span></div>' for value, label in rows
        )
        + '</div>'
    )


def joints_in_masks(dataset: Mapping) -> str:
    """Which share of the joints lay outside of their person's mask, and what became of them."""
    if dataset['joints_outside'] is None:
        return ''
    done = dict(keep='', clip=', now hidden', drop='; with most of them there, people are dropped')
    option = dataset['recipe']['decoders']['pose']['mask']
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


def results_table(results: Mapping[str, Mapping]) -> str:
    """Settings by metrics; numbers alone, a bar for the first metric."""
    metrics = list(
        dict.fromkeys(key for row in results.values() for key, value in row.items() if isinstance(value, int | float))
    )
    if not metrics:
        return ''
    head = ''.join(f'<th class="n">{escape(metric)}</th>' for metric in metrics)
    most = max(row.get(metrics[0], 0) for row in results.values()) or 1
    rows = ''
    for setting, row in results.items():
        cells = ''.join(
            f'<td class="n">{row[key]:.1f}</td>' if isinstance(row.get(key), int | float) else '<td class="n">-</td>'
            for key in metrics
        )
        width = 100 * row.get(metrics[0], 0) / most
        rows += (
            f'<tr><td>{escape(setting)}</td>{cells}'
            f'<td class="bar"><i style="width:{width:.1f}%;background:var(--mark)"></i></td></tr>'
        )
    head = f'<tr><th>trained on</th>{head}<th></th></tr>'
    return f'<h2>What it is good for: a model trained on it</h2><table>{head}{rows}</table>'


def class_table(dataset: Mapping) -> str:
    counts = dataset['per_class']
    most = max((row['pixel_share'] for name, row in counts.items() if name != 'background'), default=0) or 1
    rows = ''
    for (name, row), colour in zip(counts.items(), colours(dataset).values(), strict=True):
        width = min(100.0, 100 * row['pixel_share'] / most)
        shade = css(colour)
        rows += (
            f'<tr><td>{dot(colour)}{escape(name)}</td>'
            f'<td class="n">{row["prompted"]:,}</td><td class="n">{row["images"]:,}</td>'
            f'<td class="n">{row["pixel_share"]:.2%}</td>'
            f'<td class="bar"><i style="width:{width:.1f}%;background:{shade}"></i></td></tr>'
        )
    return (
        '<table><tr><th>class</th><th class="n">prompted in</th><th class="n">found in images</th>'
        f'<th class="n">share of pixels</th><th></th></tr>{rows}</table>'
    )


def colours(dataset: Mapping) -> dict[str, Sequence[int]]:
    """Decoder's class -> its colour: of the class that it has in the label maps, grey where it has none there."""
    known, names = dict(zip(dataset['classes'], dataset['palette'], strict=True)), dataset.get('label_names', {})
    return {name: known.get(names.get(name, name), (160, 160, 160)) for name in dataset['per_class']}


def css(colour: Sequence[int]) -> str:
    return f'rgb({",".join(map(str, colour))})'


def dot(colour: Sequence[int]) -> str:
    return f'<span class="dot" style="background:{css(colour)}"></span>'


def toolbar(dataset: Mapping, cards: Sequence[Mapping]) -> str:
    there = [view for view in VIEWS if any(view in card['views'] for card in cards)]
    views = ''.join(
        f'<button data-view="{view}"{" class=on" if view == there[0] else ""}>{view}</button>' for view in there
    )
    legend = ' '.join(text for view, text in LEGENDS.items() if view in there)
    shown = {name for card in cards for name in card['classes']}
    names = ''.join(
        f'<button data-class="{escape(name)}">{dot(colour)}{escape(name)}</button>'
        for name, colour in colours(dataset).items()
        if name in shown
    )
    return (
        f'<div class="tools">{views}<span class="gap"></span><button data-class="" class="on">all classes</button>'
        f'{names}</div><p class="soft note">Point at a picture to see it without labels. '
        f'{legend}</p>'
    )


def figure(card: Mapping) -> str:
    why = f'<br><span class="why">{escape(card["dropped"])}</span>' if card['dropped'] else ''
    pictures = ''.join(
        f'<img class="{view}" src="{path}" loading="lazy" alt="{escape(card["prompt"])}">'
        for view, path in card['views'].items()
    )
    number = f'#{card["id"]}'
    return (
        f'<figure data-classes="{escape("|".join(card["classes"]))}"><div>{pictures}</div><figcaption>'
        f'{escape(card["prompt"])}<br><span class="soft">{" · ".join([number, *card["facts"]])}</span>'
        f'{why}</figcaption></figure>'
    )


def filters(dataset: Mapping) -> str:
    if not dataset['filters']:
        return ''
    rows = ''
    for rule in dataset['filters']:
        options = ', '.join(
            f'{key} {value}' for key, value in rule.items() if key not in ('type', 'dropped', 'reasons')
        )
        reasons = '; '.join(f'{reason} ({count:,})' for reason, count in list(rule['reasons'].items())[:6])
        rows += (
            f'<tr><td>{escape(rule["type"])} <span class="soft">{escape(options)}</span></td>'
            f'<td class="n">{rule["dropped"]:,}</td><td>{escape(reasons)}</td></tr>'
        )
    return (
        '<h2>Dropped by the filters</h2><table><tr><th>filter</th><th class="n">dropped</th><th>why</th></tr>'
        f'{rows}</table><p class="soft note">They are on the disk and in the '
        'manifest, but not in the training list.</p>'
    )


def provenance(dataset: Mapping) -> str:
    speed = dataset['throughput']['seconds_per_image']
    costs = ', '.join(f'{part} {value:.3f} s' for part, value in speed.items())
    recipe = json.dumps(dataset['recipe'], indent=1, ensure_ascii=False)
    return (
        f'<h2>How it was made</h2><p class="soft">Per image: {escape(costs)}. '
        f'Code {escape(", ".join(dataset["code_versions"]))}, '
        f'fingerprint <code>{escape(dataset["fingerprint"])}</code>.</p>'
        f'<details><summary>The recipe</summary><pre>{escape(recipe)}</pre></details>'
    )
