"""The data set's papers: recipe.json (whose folder it is), manifest.jsonl (each sample), dataset.json (the whole)."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators import IGNORE
from mmdatasetdm.generation.coco import write_coco
from mmdatasetdm.generation.filters import Filter, describe, dropped_by
from mmdatasetdm.generation.plan import Plan
from mmdatasetdm.generation.shards import ShardStore, dump_json, write_atomic

FORMAT = 1
LISTS = 'ImageSets/Segmentation'
# labels that a shard's records hold until the COCO files are written: the record's key
INLINE = dict(instance='objects', pose='people')


def canonical(value) -> str:
    """JSON in which equal values have equal text."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=list)


def digest(value) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:16]


def differences(old: Mapping, new: Mapping, prefix: str = '') -> Iterator[str]:
    """'sampler.steps 20 -> 50', for each leaf in which two identities differ."""
    for key in sorted({*old, *new}, key=str):
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from differences(before, after, f'{prefix}{key}.')
        elif before != after:
            yield f'{prefix}{key} {_short(before)} -> {_short(after)}'


def _short(value) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f'{text[:37]}...'


def check_empty(root: Path) -> None:
    """UserError when ``root`` holds something that this package did not write."""
    if root.exists() and not root.is_dir():
        raise UserError(f'--out {root} is a file; give a folder')
    if root.is_dir() and not (root / 'recipe.json').exists() and any(entry.name != '.lock' for entry in root.iterdir()):
        raise UserError(f'--out {root} is not empty and is not a data set of this tool; give a new folder')


def claim(root: Path, identity: Mapping, *, begun: bool) -> None:
    """Write ``identity`` into the folder, or, where samples are there (``begun``), check that it has the same.

    UserError: it belongs to another recipe; the message says what differs.
    """
    identity = json.loads(canonical(identity))
    path = root / 'recipe.json'
    if not begun or not path.exists():
        write_atomic(path, dump_json(dict(format=FORMAT, fingerprint=digest(identity), identity=identity)))
        return
    try:
        known = json.loads(path.read_text(encoding='utf-8'))['identity']
    except (json.JSONDecodeError, KeyError, UnicodeDecodeError):
        raise UserError(f'{path} is damaged; give another --out') from None
    if known != identity:
        what = list(differences(known, identity))
        more = f', and {len(what) - 3} more' if len(what) > 3 else ''
        raise UserError(
            f'--out {root} holds a data set of another recipe ({"; ".join(what[:3])}{more}); '
            'give another --out, or delete that folder'
        )


class Mean:
    """Of shares that come one by one; None of those that a sample has not."""

    def __init__(self):
        self.total, self.count = 0.0, 0

    def add(self, share: float | None) -> None:
        if share is not None:
            self.total, self.count = self.total + share, self.count + 1

    @property
    def value(self) -> float | None:
        return round(self.total / self.count, 4) if self.count else None


class Totals:
    """Sums over the samples of a data set: constant in their number."""

    def __init__(self, classes: Sequence[str], filters: Sequence[Filter]):
        self.filters = tuple(filters)
        self.prompted: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.shares = dict.fromkeys(classes, 0.0)
        self.ignored = 0.0
        self.confidence = 0.0
        self.samples = self.selected = 0
        self.objects = self.uncertain_objects = 0
        self.people = 0
        # shares of single samples: of objects and of joints that agree with masks, and of joints that at first did not
        self.agreement, self.joint_agreement, self.outside = Mean(), Mean(), Mean()
        # shares of the pixels: of uncertain objects, and without a depth
        self.crowds, self.no_depth = Mean(), Mean()
        self.dropped: Counter[str] = Counter()
        self.reasons: dict[str, Counter[str]] = {}

    def add(self, record: Mapping) -> dict:
        """Count a sample; -> its manifest line: the record with the filters' verdict."""
        self.samples += 1
        verdict = dropped_by(self.filters, record)
        if verdict:
            rule, causes = verdict
            self.dropped[rule] += 1
            self.reasons.setdefault(rule, Counter()).update(causes)
        else:
            self.selected += 1
            self.prompted.update(record['classes'])
            if 'shares' in record['scores']:
                self.found.update(record['scores']['shares'].keys())
                self.ignored += record['scores']['ignored']
                self.confidence += record['scores']['confidence']
                for name, share in record['scores']['shares'].items():
                    self.shares[name] += share
            objects, people = record['scores'].get('instance', {}), record['scores'].get('pose', {})
            self.objects += objects.get('objects', 0)
            self.uncertain_objects += objects.get('uncertain', 0)
            self.crowds.add(objects.get('ignored'))
            self.no_depth.add(record['scores'].get('depth', {}).get('ignored'))
            self.people += people.get('people', 0)
            self.agreement.add(objects.get('agreement'))
            self.joint_agreement.add(people.get('agreement'))
            self.outside.add(people.get('outside'))
        dropped = f'{verdict[0]}: {", ".join(verdict[1])}' if verdict else None
        line = {key: value for key, value in record.items() if key not in INLINE.values()}
        return {**line, 'selected': verdict is None, 'dropped': dropped}

    def report(self) -> dict:
        """The part of dataset.json that is counted. Shares are of the pixels of the selected samples."""
        count = max(self.selected, 1)
        return dict(
            samples=self.samples,
            selected=self.selected,
            failed=self.dropped['failed'],
            failures=dict(self.reasons.get('failed', {})),
            filters=[
                dict(
                    **describe(rule),
                    dropped=self.dropped[type(rule).__name__],
                    reasons=dict(self.reasons.get(type(rule).__name__, Counter()).most_common(20)),
                )
                for rule in self.filters
            ],
            ignored_share=round(self.ignored / count, 6) if self.shares else None,
            mean_confidence=round(self.confidence / count, 4) if self.shares else None,
            objects=self.objects,
            uncertain_objects=self.uncertain_objects,
            ignored_share_of_objects=self.crowds.value,
            ignored_share_of_depth=self.no_depth.value,
            agreement=self.agreement.value,
            people=self.people,
            joint_agreement=self.joint_agreement.value,
            joints_outside=self.outside.value,
            per_class={
                name: dict(prompted=self.prompted[name], images=self.found[name], pixel_share=round(total / count, 6))
                for name, total in self.shares.items()
            },
        )


def throughput(markers: Iterable[Mapping]) -> dict:
    """Images per second over all shards, from what each shard noted about its own making."""
    seconds = {'sample': 0.0, 'annotate': 0.0, 'write': 0.0}
    wall = images = 0
    devices = set()
    for marker in markers:
        images += marker['count']
        wall += sum(marker['seconds'].values()) / marker['workers']
        devices.add(f'{marker["device"]} x {marker["workers"]}' if marker['workers'] > 1 else marker['device'])
        for part, value in marker['seconds'].items():
            seconds[part] += value
    return dict(
        images_per_second=round(images / wall, 3) if wall else 0.0,
        seconds=round(wall, 1),
        seconds_per_image={part: round(value / max(images, 1), 4) for part, value in seconds.items()},
        devices=sorted(devices),
    )


def assemble(store: ShardStore, plan: Plan, *, identity: Mapping, meta: Mapping, filters: Sequence[Filter]) -> dict:
    """Write the lists, the manifest and dataset.json from shards that are all done; -> dataset.json's contents.

    Args:
        meta: the decoder's classes (none where there is no semantic decoder), tasks, the writer's layout and files.
    Raises:
        UserError: no sample is selected.
    """
    root, layout = store.root, meta['layout']
    images = f'{layout["data_prefix"]["img_path"]}/'
    (root / LISTS).mkdir(parents=True, exist_ok=True)
    totals = Totals(meta['classes'], filters)
    paths = [root / 'manifest.jsonl', root / LISTS / 'train.txt', root / LISTS / 'all.txt']
    aside = [path.with_name(f'{path.name}.tmp') for path in paths]
    with open(aside[0], 'w', encoding='utf-8') as manifest, open(aside[1], 'w') as train, open(aside[2], 'w') as every:
        for record in store.samples(plan):
            line = totals.add(record)
            manifest.write(json.dumps(line, ensure_ascii=False) + '\n')
            if not record['failed']:
                listed = record['files']['image'].removeprefix(images).removesuffix(layout['img_suffix'])
                every.write(f'{listed}\n')
                if line['selected']:
                    train.write(f'{listed}\n')
    counts = totals.report()
    if totals.selected and counts['ignored_share'] == 1.0:
        raise UserError(
            'every pixel of every sample is ignored: the decoder is never as sure as decoders.semantic.ignore asks '
            f'(its mean confidence is {counts["mean_confidence"]}); lower that, in a new folder'
        )
    if not totals.selected:
        for path in aside:
            path.unlink()
        why = '; '.join(f'{rule} {count}' for rule, count in totals.dropped.most_common())
        example = next(iter(totals.reasons.values())).most_common(1)[0][0]
        raise UserError(
            f'no sample is left: all {totals.samples} were dropped ({why}; most often "{example}"); loosen the '
            "recipe's filters or mend its prompts (filters may be changed without sampling again)"
        )
    for source, target in zip(aside, paths, strict=True):
        os.replace(source, target)
    categories = dict(instance=meta.get('categories'), pose=[meta['person']] if 'person' in meta else None)
    for task, written in layout.get('coco_files', {}).items():
        for name, rules in dict(train=totals.filters, all=()).items():
            write_coco(
                root / written[name],
                lambda rules=rules: (r for r in store.samples(plan) if dropped_by(rules, r) is None),
                key=INLINE[task],
                categories=categories[task],
                folder=images,
            )
    dataset = dict(
        format=FORMAT,
        fingerprint=digest(json.loads(canonical(identity))),
        num=plan.num,
        **counts,
        **layout,
        ignore_index=IGNORE,
        reduce_zero_label=False,
        tasks=list(meta['tasks']),
        skeleton=meta['person']['skeleton'] if 'person' in meta else [],
        ann_file=f'{LISTS}/train.txt',
        throughput=throughput(store.read(shard.index) for shard in plan),
        code_versions=sorted({store.read(shard.index)['code'] for shard in plan}),
        recipe=json.loads(canonical(identity)),
    )
    for name, text in meta['files'].items():
        write_atomic(root / name, text.encode())
    write_atomic(root / 'dataset.json', dump_json(dataset))
    return dataset
