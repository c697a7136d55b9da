"""The report's HTML: one file with its own style and script; nothing is fetched from anywhere."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from mmdatasetdm.generation.dataset_info import DatasetInfo
from mmdatasetdm.utils.text import join_words
from mmdatasetdm.visualization.labels import background_of
from mmdatasetdm.visualization.layers import LAYERS

# what must be said of a layer
LEGENDS = dict(
    masks='Grey stripes are ignored pixels.',
    instances='Grey stripes are crowds: uncertain instances.',
    keypoints='Pale keypoints are hidden.',
    depth='Depth goes from red, near, to blue; black is unknown.',
)
# scores by which samples can be sorted -> (title, how a value is shown); any other score goes by its own name
SCORES = {
    'semantic.confidence': ('mask confidence', 'number'),
    'semantic.ignored': ('ignored pixels', 'percent'),
    'semantic.uncertainty': ('mask uncertainty', 'number'),
    'semantic.presence': ('prompted classes are there', 'number'),
    'semantic.disagreement': ('decoders disagree', 'number'),
    'image.clip': ('image agrees with the prompt (CLIP)', 'number'),
    'image.labelled': ('like a labelled image', 'percent'),
    'image.validation': ('like a validation image', 'percent'),
    'image.labelled_clip': ('like a labelled image (CLIP)', 'number'),
    'image.validation_clip': ('like a validation image (CLIP)', 'number'),
    'instance.instances': ('instances', 'count'),
    'instance.confidence': ('instance confidence', 'number'),
    'instance.agreement': ('instances agree with masks', 'percent'),
    'instance.uncertain': ('uncertain instances', 'count'),
    'instance.ignored': ('pixels of uncertain instances', 'percent'),
    'depth.nearest': ('nearest depth', 'metres'),
    'depth.median': ('median depth', 'metres'),
    'depth.farthest': ('farthest depth', 'metres'),
    'depth.ignored': ('pixels without depth', 'percent'),
    'pose.persons': ('persons', 'count'),
    'pose.confidence': ('keypoint confidence', 'number'),
    'pose.agreement': ('keypoints in the mask', 'percent'),
    'pose.keypoints_outside_mask': ('keypoints outside of the mask', 'percent'),
}
# by which a page is known as ours
MARK = '<meta name="generator" content="mmdatasetdm">'
NO_COLOUR = (160, 160, 160)


def render_page(
    dataset: DatasetInfo,
    *,
    name: str,
    scripts: Sequence[str],
    layers: Collection[str],
    results: Mapping | None = None,
    together: Mapping | None = None,
    labelled: tuple[str, Sequence[tuple[str, str]]] | None = None,
) -> str:
    """The page about ``dataset`` (dataset.json).

    Args:
        name: of the data set.
        scripts: files with the samples' records, as of ``Gallery.write``.
        layers: the kinds of labels that are drawn.
        results: setting -> {metric: value}.
        together: the sample that is shown with all its labels, as of ``report.draw_together``.
        labelled: what the page says of images that people labelled, and its numbers; None: they are generated.
    """
    environment = Environment(
        loader=PackageLoader('mmdatasetdm.visualization'),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    there = [layer for layer in LAYERS if layer in layers]
    speed = dataset.throughput['seconds_per_image']
    return environment.get_template('report.html').render(
        name=name,
        summary=labelled[0] if labelled else summary(dataset),
        warnings=dataset.warnings,
        tiles=labelled[1] if labelled else tiles(dataset),
        generated=labelled is None,
        together=together,
        results=results_table(results) if results else None,
        classes=class_table(dataset) if dataset.classes else (),
        views=[*there, 'image'],
        filters=filters(dataset),
        costs=', '.join(f'{part} {value:.3f} s' for part, value in speed.items()),
        decoders=decoders(dataset),
        code=', '.join(dataset.code_versions),
        fingerprint=dataset.fingerprint,
        recipe=json.dumps(dataset.recipe, indent=1, ensure_ascii=False),
        # for the page's script; pairs instead of objects, whose keys could be names that a script takes for its own
        settings=dict(
            scripts=list(scripts),
            endings=LAYERS,
            legends=LEGENDS,
            scores=[(key, *title) for key, title in SCORES.items()],
            colours=[(name, f'rgb({",".join(map(str, colour))})') for name, colour in colours(dataset).items()],
        ),
    )


def summary(dataset: DatasetInfo) -> str:
    sampler = dataset.recipe['sampler']
    # of a data set that an earlier version made only the fingerprint is known
    generator = dataset.generator or dataset.recipe['generator']
    read = f', labelled by features of {generator},' if dataset.drawn_by else ''
    of = f' of {len(dataset.per_class)} classes' if dataset.per_class else ''
    if sampler['scheduler'] == '':
        return (
            f'{dataset.samples:,} given images{of} with {join_words(list(dataset.recipe["decoders"]))} labels, by '
            f'features of generator {generator}.'
        )
    return (
        f'{dataset.samples:,} images{of} by generator '
        f'{dataset.drawn_by or generator} ({sampler["scheduler"] or "default scheduler"}, {sampler["steps"]} steps, '
        f'guidance {sampler["guidance"]:g}){read} with {join_words(list(dataset.recipe["decoders"]))} labels.'
    )


def decoders(dataset: DatasetInfo) -> str:
    """The decoders by the checksums of their checkpoints."""
    return ', '.join(f'{task} {decoder["checkpoint"]}' for task, decoder in dataset.recipe['decoders'].items())


def tiles(dataset: DatasetInfo) -> list[tuple[str, str]]:
    """Numbers and what they are."""
    speed = dataset.throughput
    rows = [
        (f'{dataset.selected:,}', f'of {dataset.samples:,} samples selected'),
        (f'{speed["images_per_second"]:.2f}', f'labelled images/s ({", ".join(speed["devices"])})'),
        (duration(speed['seconds']), 'sampling and labelling'),
    ]
    if dataset.ignored_fraction is not None:
        rows[1:1] = [(f'{dataset.ignored_fraction:.1%}', 'of pixels ignored (255)')]
    if dataset.mean_confidence is not None:
        rows[2:2] = [(f'{dataset.mean_confidence:.2f}', 'mean confidence')]
    if dataset.instances:
        agreement = dataset.agreement
        beside = '' if agreement is None else f', {agreement:.1%} of their pixels agree with the masks'
        rows.insert(1, (f'{dataset.instances:,}', f'instances{beside}'))
    if dataset.persons:
        rows.insert(1, (f'{dataset.persons:,}', f'persons{keypoints_in_masks(dataset)}'))
    if dataset.failed:
        rows.append((f'{dataset.failed:,}', f'failed: {", ".join(dataset.failures)}'))
    return rows


def keypoints_in_masks(dataset: DatasetInfo) -> str:
    """Which fraction of the keypoints lay outside of their person's mask, and what became of them."""
    if dataset.keypoints_outside_mask is None:
        return ''
    done = dict(keep='', clip=', hidden', drop='; persons with most there are dropped')
    option = dataset.recipe['decoders'].get('pose', {}).get('mask', 'keep')
    return f', {dataset.keypoints_outside_mask:.1%} of their keypoints outside of the masks{done[option]}'


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


def class_table(dataset: DatasetInfo) -> list[dict]:
    counts, background = dataset.per_class, background_of(dataset)
    most = max((row['pixel_fraction'] for name, row in counts.items() if name != background), default=0) or 1
    return [
        dict(
            name=name,
            colour=colour,
            prompted=f'{row["prompted"]:,}',
            images=f'{row["images"]:,}',
            fraction=f'{row["pixel_fraction"]:.2%}',
            width=f'{min(100.0, 100 * row["pixel_fraction"] / most):.1f}',
        )
        for (name, row), colour in zip(counts.items(), colours(dataset).values(), strict=True)
    ]


def colours(dataset: DatasetInfo) -> dict[str, Sequence[int]]:
    """Decoder's class -> its colour: of the class that it has in the label maps, grey where it has none there."""
    known, names = dict(zip(dataset.classes, dataset.palette, strict=False)), dataset.label_names
    return {name: known.get(names.get(name, name), NO_COLOUR) for name in dataset.per_class}


def filters(dataset: DatasetInfo) -> list[dict]:
    rows = []
    for rule in dataset.filters:
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
