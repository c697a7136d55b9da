"""The report of a generated data set: one HTML page and its pictures beside it, for any browser, without a server."""

from __future__ import annotations

import hashlib
import heapq
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from pycocotools import mask as rle

from mmdatasetdm.errors import UserError
from mmdatasetdm.visualization.overlay import OBJECT_COLOURS, colour_map, depth_colours, draw_joints, overlay
from mmdatasetdm.visualization.page import VIEWS, render_page


class Draw:
    """A repeatable random choice of ``count`` records from a stream: those whose hashed names come first."""

    def __init__(self, count: int):
        self.count = count
        self.heap: list[tuple[int, int, dict]] = []

    def offer(self, record: dict) -> None:
        key = -int.from_bytes(hashlib.sha256(record['name'].encode()).digest()[:8], 'big')
        entry = (key, record['id'], record)
        if len(self.heap) < self.count:
            heapq.heappush(self.heap, entry)
        elif key > self.heap[0][0]:
            heapq.heapreplace(self.heap, entry)

    def records(self) -> list[dict]:
        return [entry[2] for entry in sorted(self.heap, reverse=True)]


def write_report(root: Path, out: Path, *, samples: int = 60, results: Path | None = None) -> Path:
    """Write ``out/index.html`` about the data set in ``root``.

    Args:
        samples: how many samples the gallery shows; every class is shown, as far as it is there.
        results: a JSON file, setting -> {metric: value}, shown as a table: what models trained on the data reached.
    Returns:
        The page.
    Raises:
        UserError: there is no finished data set, or the results are not what is expected.
    """
    dataset = read_dataset(root)
    scores = read_results(results) if results else None
    chosen, dropped = choose(root, list(dataset['per_class']), samples)
    pictures = out / 'img'
    if (out / 'index.html').exists():
        shutil.rmtree(pictures, ignore_errors=True)  # those of the page that is replaced
    pictures.mkdir(parents=True, exist_ok=True)
    cards = [draw_card(root, record, pictures, dataset) for record in chosen]
    rejects = [draw_card(root, record, pictures, dataset) for record in dropped if record['files']]
    page = out / 'index.html'
    page.write_text(
        render_page(dataset, cards=cards, rejects=rejects, results=scores, name=root.name), encoding='utf-8'
    )
    return page


def read_dataset(root: Path) -> dict:
    try:
        return json.loads((root / 'dataset.json').read_text(encoding='utf-8'))
    except FileNotFoundError:
        state = 'its making is not finished' if (root / 'recipe.json').exists() else 'it is not a generated data set'
        raise UserError(f'{root} has no dataset.json: {state}') from None


def read_results(path: Path) -> dict[str, dict]:
    try:
        results = json.loads(path.read_text(encoding='utf-8'))
        rows = {setting: metrics for setting, metrics in results.items() if isinstance(metrics, dict)}
    except (OSError, ValueError, AttributeError):
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
        for name in record['scores'].get('shares', ()):
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


def read_manifest(root: Path) -> Iterator[dict]:
    with open(root / 'manifest.jsonl', encoding='utf-8') as file:
        yield from map(json.loads, file)


def draw_card(root: Path, record: dict, pictures: Path, dataset: dict) -> dict:
    """Write the pictures of one sample; -> what the page shows of it, with paths relative to the page."""
    image = np.asarray(Image.open(root / record['files']['image']).convert('RGB'))
    drawn, files, scores = {'image': image}, record['files'], record['scores']
    paths = {'image': f'img/{record["name"]}.jpg'}
    if 'semantic' in files:
        labels = np.asarray(Image.open(root / files['semantic']))
        background = dataset['classes'].index('background') if 'background' in dataset['classes'] else None
        drawn['overlay'] = overlay(image, labels, dataset['palette'], background=background)
        paths['mask'] = f'img/{record["name"]}_mask.png'
        Image.fromarray(colour_map(labels, dataset['palette'])).save(pictures.parent / paths['mask'])
    if 'instance' in scores:
        found = read_inline(root, record, dataset, key='objects')
        drawn['objects'] = draw_objects(image, [rle.decode(one['segmentation']).astype(bool) for one in found])
    if 'pose' in scores:
        people = read_inline(root, record, dataset, key='people')
        drawn['joints'] = draw_joints(image, people, dataset.get('skeleton', ()))
    if 'depth' in files:
        drawn['depth'] = depth_colours(np.asarray(Image.open(root / files['depth'])).astype(np.float32))
    for key, picture in drawn.items():
        paths[key] = paths['image'] if key == 'image' else f'img/{record["name"]}_{key}.jpg'
        Image.fromarray(picture).save(pictures.parent / paths[key], quality=90, subsampling=0)
    return dict(
        views={view: paths[view] for view in VIEWS if view in paths},
        id=record['id'],
        prompt=record['prompt'],
        dropped=record['dropped'],
        classes=[name for name in scores.get('shares', ()) if name != 'background'],
        facts=facts(scores),
    )


def read_inline(root: Path, record: dict, dataset: dict, *, key: str) -> list[dict]:
    """A sample's objects or people; its shard keeps them."""
    shard = root / 'shards' / f'{record["id"] // dataset["recipe"]["shard_size"]:05d}.json'
    samples = json.loads(shard.read_text(encoding='utf-8'))['samples']
    return next(sample[key] for sample in samples if sample['id'] == record['id'])


def draw_objects(image: np.ndarray, masks: list[np.ndarray]) -> np.ndarray:
    """An image with its objects, each in a colour of its own."""
    labels = np.zeros(image.shape[:2], np.uint8)
    for number, mask in enumerate(masks, start=1):
        labels[mask] = 1 + (number - 1) % len(OBJECT_COLOURS)
    return overlay(image, labels, [(0, 0, 0), *OBJECT_COLOURS])


def facts(scores: dict) -> list[str]:
    """What is said below a picture."""
    said = []
    if 'ignored' in scores:
        said += [f'ignored {scores["ignored"]:.1%}', f'confidence {scores["confidence"]:.2f}']
    if 'instance' in scores:
        said.append(f'{scores["instance"]["objects"]} objects')
    if 'pose' in scores:
        said.append(f'{scores["pose"]["people"]} people')
    if 'depth' in scores:
        said.append(f'{scores["depth"]["nearest"]:.1f} to {scores["depth"]["farthest"]:.1f} m')
    return said
