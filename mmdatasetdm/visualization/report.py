"""The report of a generated data set: one HTML page and its pictures beside it, for any browser, without a server."""

from __future__ import annotations

import hashlib
import heapq
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.storage.documents import read_dataset, read_manifest
from mmdatasetdm.generation.storage.plan import sample_name
from mmdatasetdm.utils.io import write_atomic
from mmdatasetdm.visualization.labels import background_of, draw_labels, fullest, kinds, side_by_side
from mmdatasetdm.visualization.page import MARK, VIEWS, render_page


class Draw:
    """A repeatable random choice of ``count`` records from a stream: those whose hashed names come first."""

    def __init__(self, count: int):
        self.count = count
        self.heap: list[tuple[int, int, dict]] = []

    def offer(self, record: dict) -> None:
        key = -int.from_bytes(hashlib.sha256(sample_name(record['id']).encode()).digest()[:8], 'big')
        entry = (key, record['id'], record)
        if len(self.heap) < self.count:
            heapq.heappush(self.heap, entry)
        elif key > self.heap[0][0]:
            heapq.heapreplace(self.heap, entry)

    def records(self) -> list[dict]:
        return [entry[2] for entry in sorted(self.heap, reverse=True)]


def write_report(
    root: Path, out: Path, *, samples: int = 60, results: Path | None = None, sample: int | None = None
) -> Path:
    """Write ``out/index.html`` about the data set in ``root``, and beside it, where the samples have several kinds of
    labels, ``all_labels.png``.

    Args:
        samples: how many samples the gallery shows; every class is shown, as far as it is there.
        results: a JSON file, setting -> {metric: value}, shown as a table: what models trained on the data reached.
        sample: the number of the sample in ``all_labels.png``; None: the one that shows most.
    Returns:
        The page.
    Raises:
        UserError: there is no finished data set, or it is damaged; there is no such sample; the results are not what is
            expected; ``out`` holds something else.
        OSError: a file cannot be read or written.
    """
    root, out = Path(root), Path(out)
    dataset = read_dataset(root)
    scores = read_results(results) if results else None
    chosen, dropped = choose(root, list(dataset['per_class']), samples)
    pictures = claim_page(out)
    together = draw_together(root, out, dataset, sample)
    cards = [draw_card(root, record, pictures, dataset) for record in chosen]
    rejects = [draw_card(root, record, pictures, dataset) for record in dropped if record['files']]
    page = out / 'index.html'
    text = render_page(dataset, cards=cards, rejects=rejects, results=scores, together=together, name=root.name)
    write_atomic(page, text.encode('utf-8', 'replace'))
    remove_old(pictures, [*cards, *rejects])  # only now: until here the old page is whole
    return page


def claim_page(out: Path) -> Path:
    """Make ``out`` a page's folder; -> the folder of its pictures.

    Raises:
        UserError: there is something that is not of this tool.
    """
    page, pictures = out / 'index.html', out / 'img'
    if out.exists() and not out.is_dir():
        raise UserError(f'--out {out} is a file; give a folder')
    out.mkdir(parents=True, exist_ok=True)
    if page.exists():
        with open(page, encoding='utf-8', errors='replace') as file:
            ours = MARK in file.read(4096)
    else:
        ours = {entry.name for entry in out.iterdir()} <= {f'{page.name}.tmp'}  # of a run that was killed
    if not ours or pictures.is_symlink():
        raise UserError(f'--out {out} is not empty and is no page of this tool; give a new folder')
    if not page.exists():
        write_atomic(page, f'<!doctype html>{MARK}This page is being made.'.encode())
    pictures.mkdir(exist_ok=True)
    return pictures


def remove_old(pictures: Path, cards: Sequence[Mapping]) -> None:
    """Delete the pictures of an earlier page that none of ``cards`` shows; no other files."""
    shown = {Path(path).name for card in cards for path in card['views'].values()}
    for path in pictures.iterdir():
        if path.name not in shown and re.fullmatch(r'\d{8,}(_\w+)?\.(jpg|png)', path.name):
            path.unlink()


def draw_together(root: Path, out: Path, dataset: dict, sample: int | None) -> dict | None:
    """Write ``out/all_labels.png``; -> what the page says of it, None where samples have one kind of label or none."""
    path = out / 'all_labels.png'
    if sample is None:
        record = fullest(read_manifest(root))
    else:
        record = next((record for record in read_manifest(root) if record['id'] == sample and record['files']), None)
        if record is None:
            raise UserError(f'{root} has no sample {sample}; it has {dataset["samples"]}, and some may have failed')
    if record is None or (sample is None and len(kinds(record)) < 2):
        path.unlink(missing_ok=True)
        return None
    save_picture(side_by_side(draw_labels(root, record, dataset)), path)
    return dict(path=path.name, id=record['id'], prompt=record['prompt'], facts=facts(record['scores'] or {}))


def read_results(path: Path) -> dict[str, dict]:
    try:
        results = json.loads(path.read_text(encoding='utf-8'))
        rows = {setting: metrics for setting, metrics in results.items() if isinstance(metrics, dict)}
    except (ValueError, AttributeError, RecursionError):
        rows = {}
    if not rows:
        raise UserError(f'{path} is not a results file: {{"real": {{"mIoU": …}}, "synthetic": …, "both": …}}')
    return rows


def choose(root: Path, classes: list[str], samples: int) -> tuple[list[dict], list[dict]]:
    """(selected, dropped) records for the gallery: of every class as many, then any; in constant memory."""
    share = max(1, samples // max(1, len(classes)))
    by_class = {name: Draw(2 * share) for name in classes}
    whole, dropped = Draw(samples), Draw(12)
    for record in read_manifest(root):
        if not record['selected']:
            dropped.offer(record)
            continue
        whole.offer(record)
        for name in (record['scores'] or {}).get('shares', ()):
            if name in by_class and (name in record['classes'] or not record['classes']):
                by_class[name].offer(record)
    chosen: dict[int, dict] = {}
    for draw in by_class.values():
        fresh = [record for record in draw.records() if record['id'] not in chosen]
        chosen.update({record['id']: record for record in fresh[:share]})
    for record in whole.records():
        if len(chosen) < samples:
            chosen.setdefault(record['id'], record)
    return [chosen[key] for key in sorted(chosen)][:samples], dropped.records()


def draw_card(root: Path, record: dict, pictures: Path, dataset: dict) -> dict:
    """Write the pictures of one sample; -> what the page shows of it, with paths relative to the page."""
    drawn, paths = draw_labels(root, record, dataset), {}
    for key, picture in drawn.items():
        # values of a mask are told apart by their colours alone, which JPEG would blur
        ending = dict(image='.jpg', mask='_mask.png').get(key, f'_{key}.jpg')
        paths[key] = f'img/{sample_name(record["id"])}{ending}'
        save_picture(picture, pictures.parent / paths[key])
    return dict(
        views={view: paths[view] for view in VIEWS if view in paths},
        id=record['id'],
        prompt=record['prompt'],
        dropped=record['dropped'],
        classes=[name for name in (record['scores'] or {}).get('shares', ()) if name != background_of(dataset)],
        facts=facts(record['scores'] or {}),
    )


def save_picture(picture: np.ndarray, path: Path) -> None:
    """(H, W, 3) uint8 -> PNG or JPEG, by the name."""
    options = dict(format='JPEG', quality=90, subsampling=0) if path.suffix == '.jpg' else dict(format='PNG')
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, **options)
    write_atomic(path, buffer.getvalue())


def facts(scores: dict) -> list[str]:
    """What is said below a picture."""
    said = []
    if 'ignored' in scores:
        said += [f'ignored {scores["ignored"]:.1%}', f'confidence {scores["confidence"]:.2f}']
    if 'instance' in scores:
        unsure = scores['instance'].get('uncertain', 0)
        said.append(f'{scores["instance"]["objects"]} objects{f", {unsure} uncertain" if unsure else ""}')
    if 'pose' in scores:
        outside = scores['pose'].get('outside')
        beside = f', {outside:.0%} of their joints outside' if outside else ''
        count = scores['pose']['people']
        said.append(f'{count} {"person" if count == 1 else "people"}{beside}')
    if 'nearest' in scores.get('depth', {}):
        said.append(f'{scores["depth"]["nearest"]:.1f} to {scores["depth"]["farthest"]:.1f} m')
    return said
