"""One sample of a generated folder in pictures: each kind of label alone, and all of them side by side."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pycocotools import mask as rle

from mmdatasetdm.visualization.overlay import IGNORE, OBJECT_COLOURS, colour_map, depth_colours, draw_joints, overlay

# the pictures in the order in which they are shown side by side, and what they are called there
PANELS = dict(image='image', overlay='masks', objects='objects', depth='depth', joints='joints')
HEIGHT = 256  # least height of a picture in the row, in pixels
GAP = 8
TITLE = 26  # height of the line with a picture's name


def draw_labels(root: Path, record: Mapping, dataset: Mapping) -> dict[str, np.ndarray]:
    """Pictures (H, W, 3) uint8 of one sample: ``image`` and, as far as the sample has these labels, ``overlay`` (masks
    on the image), ``mask`` (without it), ``objects``, ``joints`` (perhaps at twice the size) and ``depth``.

    Args:
        root: the generated folder.
        record: the sample's line of manifest.jsonl.
        dataset: the folder's dataset.json.
    """
    image = np.asarray(Image.open(root / record['files']['image']).convert('RGB'))
    drawn, files, scores = {'image': image}, record['files'], record['scores']
    if 'semantic' in files:
        labels = np.asarray(Image.open(root / files['semantic']))
        background = dataset['classes'].index('background') if 'background' in dataset['classes'] else None
        drawn['overlay'] = overlay(image, labels, dataset['palette'], background=background)
        drawn['mask'] = colour_map(labels, dataset['palette'])
    if 'instance' in scores:
        found = read_inline(root, record, dataset, key='objects')
        drawn['objects'] = draw_objects(image, found)
    if 'pose' in scores:
        people = read_inline(root, record, dataset, key='people')
        drawn['joints'] = draw_joints(image, people, dataset.get('skeleton', ()))
    if 'depth' in files:
        drawn['depth'] = depth_colours(np.asarray(Image.open(root / files['depth'])).astype(np.float32))
    return drawn


def read_inline(root: Path, record: Mapping, dataset: Mapping, *, key: str) -> list[dict]:
    """A sample's objects or people; its shard keeps them."""
    shard = root / 'shards' / f'{record["id"] // dataset["recipe"]["shard_size"]:05d}.json'
    samples = json.loads(shard.read_text(encoding='utf-8'))['samples']
    return next(sample[key] for sample in samples if sample['id'] == record['id'])


def draw_objects(image: np.ndarray, objects: Sequence[Mapping]) -> np.ndarray:
    """An image with its objects (COCO annotations), each in a colour of its own, and its crowds in grey stripes."""
    labels, number = np.zeros(image.shape[:2], np.uint8), 0
    for one in objects:
        mask = rle.decode(one['segmentation']).astype(bool)
        labels[mask] = IGNORE if one['iscrowd'] else 1 + number % len(OBJECT_COLOURS)
        number += not one['iscrowd']
    return overlay(image, labels, [(0, 0, 0), *OBJECT_COLOURS])


def kinds(record: Mapping) -> list[str]:
    """The kinds of labels that a sample has: of semantic, instance, depth, pose."""
    files, scores = record['files'], record['scores']
    found = dict(
        semantic='semantic' in files, instance='instance' in scores, depth='depth' in files, pose='pose' in scores
    )
    return [kind for kind, there in found.items() if there]


def fullest(records: Iterable[Mapping]) -> Mapping | None:
    """The selected sample that shows most: people and objects first, then the surest masks; the first of equals."""

    def fullness(record: Mapping) -> tuple:
        scores = record['scores']
        people = scores.get('pose', {}).get('people', 0)
        objects = scores.get('instance', {}).get('objects', 0)
        return people > 0, objects > 0, scores.get('confidence', 0.0)

    return max((record for record in records if record['selected']), key=fullness, default=None)


def side_by_side(pictures: Mapping[str, np.ndarray]) -> np.ndarray:
    """Pictures of one sample, by ``PANELS``'s names, in a row with a title each: (H, W, 3) uint8."""
    shown = [name for name in PANELS if name in pictures]
    height, width = pictures['image'].shape[:2]
    factor = -(-HEIGHT // height)
    height, width = height * factor, width * factor
    sheet = Image.new('RGB', (len(shown) * (width + GAP) + GAP, height + TITLE + GAP), 'white')
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=15)
    for index, name in enumerate(shown):
        left = GAP + index * (width + GAP)
        draw.text((left, 4), PANELS[name], fill=(30, 30, 30), font=font)
        sheet.paste(Image.fromarray(pictures[name]).resize((width, height), Image.Resampling.BILINEAR), (left, TITLE))
    return np.asarray(sheet)
