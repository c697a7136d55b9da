"""One sample of a generated folder in pictures: each kind of label alone, and all of them side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pycocotools import mask as rle

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.storage.documents import Inline
from mmdatasetdm.utils.io import below, read_image, read_json
from mmdatasetdm.visualization.overlay import IGNORE, OBJECT_COLOURS, colour_map, depth_colours, draw_joints, overlay

# the pictures in the order in which they are shown side by side, and what they are called there
PANELS = dict(image='image', overlay='masks', objects='objects', depth='depth', joints='joints')
HEIGHT = 256  # least height of a picture in the row, in pixels
GAP = 8
TITLE = 26  # height of the line with a picture's name


def background_of(dataset: Mapping) -> str | None:
    """The class that the recipe of a data set calls background; None where none is."""
    name = dataset['recipe']['decoders'].get('semantic', {}).get('background')
    return name if name in dataset['classes'] else None


def draw_labels(root: Path, record: Mapping, dataset: Mapping) -> dict[str, np.ndarray]:
    """Pictures (H, W, 3) uint8 of one sample: ``image`` and, as far as the sample has these labels, ``overlay`` (masks
    on the image), ``mask`` (without it), ``objects``, ``joints`` (perhaps at twice the size) and ``depth``.

    Args:
        root: the generated folder.
        record: the sample's line of manifest.jsonl.
        dataset: the folder's dataset.json.
    """
    files, scores = record['files'], record['scores'] or {}
    if 'image' not in files:
        raise UserError(f'{root}: sample {record["id"]} has no image in the manifest; run tools/generate.py again')
    image = read_image(below(root, files['image']))
    size, drawn = image.shape[:2], {'image': image}
    if 'semantic' in files:
        labels = _map(root, files['semantic'], size)
        name = background_of(dataset)
        background = None if name is None else dataset['classes'].index(name)
        drawn['overlay'] = overlay(image, labels, dataset['palette'], background=background)
        drawn['mask'] = colour_map(labels, dataset['palette'])
    if 'instance' in scores:
        found = read_inline(root, record, dataset, key='objects')
        drawn['objects'] = draw_objects(image, [(_mask(root, one, size), bool(one.get('iscrowd'))) for one in found])
    if 'pose' in scores:
        people = read_inline(root, record, dataset, key='people')
        drawn['joints'] = draw_joints(image, people, dataset.get('skeleton', ()))
    if 'depth' in files:
        drawn['depth'] = depth_colours(_map(root, files['depth'], size).astype(np.float32))
    return drawn


def _map(root: Path, name: str, size: tuple[int, int]) -> np.ndarray:
    """A label or depth map (H, W)."""
    path = below(root, name)
    values = read_image(path, mode=None)
    if values.shape != size:
        raise UserError(f'{path} is of shape {values.shape}, its image of {size}; run tools/generate.py --verify')
    return values


def _mask(root: Path, found: Mapping, size: tuple[int, int]) -> np.ndarray:
    """An object's mask (H, W) bool."""
    try:
        if tuple(found['segmentation']['size']) != size:
            raise ValueError
        return rle.decode(found['segmentation']).astype(bool)
    except (ValueError, TypeError, KeyError):
        raise UserError(f'{root}: an object in shards/ has a damaged mask; run tools/generate.py --verify') from None


def read_inline(root: Path, record: Mapping, dataset: Mapping, *, key: str) -> list[dict]:
    """A sample's objects or people; its shard keeps them."""
    size = dataset['recipe'].get('shard_size', 64)
    path = root / 'shards' / f'{record["id"] // size:05d}.json'
    for sample in read_json(path, Inline)['samples']:
        if sample['id'] == record['id'] and key in sample:
            return sample[key]
    raise UserError(f'{path} has no {key} of sample {record["id"]}; run tools/generate.py again')


def draw_objects(image: np.ndarray, objects: Sequence[tuple[np.ndarray, bool]]) -> np.ndarray:
    """An image with its objects (mask, is it a crowd), each in a colour of its own, and its crowds in grey stripes."""
    labels, number = np.zeros(image.shape[:2], np.uint8), 0
    for mask, crowd in objects:
        labels[mask] = IGNORE if crowd else 1 + number % len(OBJECT_COLOURS)
        number += not crowd
    return overlay(image, labels, [(0, 0, 0), *OBJECT_COLOURS])


def kinds(record: Mapping) -> list[str]:
    """The kinds of labels that a sample has: of semantic, instance, depth, pose."""
    files, scores = record['files'], record['scores'] or {}
    found = dict(
        semantic='semantic' in files, instance='instance' in scores, depth='depth' in files, pose='pose' in scores
    )
    return [kind for kind, there in found.items() if there]


def fullest(records: Iterable[Mapping]) -> Mapping | None:
    """The selected sample that shows most: people and objects first, then the surest masks; the first of equals."""

    def fullness(record: Mapping) -> tuple:
        scores = record['scores'] or {}
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
