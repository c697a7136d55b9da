"""The labels of one sample of a generated folder, read back for pictures of them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError
from pycocotools import mask as rle

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.dataset_info import DatasetInfo
from mmdatasetdm.generation.records import Instance, Person, SampleRecord, ShardRecord
from mmdatasetdm.utils.io import below, read_image, read_json
from mmdatasetdm.utils.tar import read_bytes, split_path


@dataclass(frozen=True, kw_only=True)
class SampleLabels:
    """What a sample has; None: not this kind.

    Attributes:
        image: its file.
        size: (H, W).
        semantic: (H, W), class indices, 255 where ignored.
        instances: (mask (H, W) bool, is it a crowd) of each.
        persons: COCO annotations with ``keypoints``.
        depth: (H, W), 0 where unknown.
    """

    image: Path
    size: tuple[int, int]
    semantic: np.ndarray | None = None
    instances: list[tuple[np.ndarray, bool]] | None = None
    persons: list[Person] | None = None
    depth: np.ndarray | None = None


def read_labels(root: Path, record: SampleRecord, dataset: DatasetInfo) -> SampleLabels:
    """The labels of one sample.

    Args:
        root: the generated folder.
        record: the sample's line of manifest.jsonl.
        dataset: the folder's dataset.json.
    Raises:
        UserError: a file is damaged, or of another size than the image.
    """
    files, kinds = record.files, label_kinds(record)
    if 'image' not in files:
        raise UserError(f'{root}: sample {record.id} has no image in the manifest; run tools/generate.py again')
    image = below(root, files['image'])
    size = image_size(image)
    return SampleLabels(
        image=image,
        size=size,
        semantic=_map(root, files['semantic'], size) if 'semantic' in kinds else None,
        instances=_instances(root, record, dataset, size) if 'instance' in kinds else None,
        persons=_read_inline(root, record, dataset, key='persons') if 'pose' in kinds else None,
        depth=_map(root, files['depth'], size) if 'depth' in kinds else None,
    )


def label_kinds(record: SampleRecord) -> list[str]:
    """The kinds of labels that a sample has: of semantic, instance, depth, pose."""
    maps = [kind for kind in ('semantic', 'depth') if kind in record.files]
    return [*maps, *(kind for kind in ('instance', 'pose') if record.scores and getattr(record.scores, kind))]


def background_of(dataset: DatasetInfo) -> str | None:
    """The class that the recipe of a data set calls background; None where none is."""
    name = dataset.recipe['decoders'].get('semantic', {}).get('background')
    return name if name in dataset.classes else None


def image_size(path: Path) -> tuple[int, int]:
    """(H, W) of an image file, from its first bytes."""
    try:
        with Image.open(io.BytesIO(read_bytes(path)) if split_path(path) else path) as image:
            return image.height, image.width
    except (UnidentifiedImageError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(f'{path} is no image, or damaged: {error}') from None


def _map(root: Path, name: str, size: tuple[int, int]) -> np.ndarray:
    """A label or depth map (H, W)."""
    path = below(root, name)
    values = read_image(path, mode=None)
    if values.shape != size:
        raise UserError(f'{path} is of shape {values.shape}, its image of {size}; run tools/generate.py --repair')
    return values


def _instances(
    root: Path, record: SampleRecord, dataset: DatasetInfo, size: tuple[int, int]
) -> list[tuple[np.ndarray, bool]]:
    found = _read_inline(root, record, dataset, key='instances')
    try:
        if any(tuple(one.segmentation['size']) != size for one in found):
            raise ValueError
        return [decode_instance(one) for one in found]
    except (ValueError, TypeError, KeyError):
        raise UserError(f'{root}: an instance in shards/ has a damaged mask; run tools/generate.py --repair') from None


def decode_instance(found: Instance) -> tuple[np.ndarray, bool]:
    """An instance as pictures take it: its mask (H, W) bool, and whether it is a crowd."""
    return rle.decode(found.segmentation).astype(bool), bool(found.iscrowd)


def _read_inline(root: Path, record: SampleRecord, dataset: DatasetInfo, *, key: str) -> list:
    """A sample's instances or persons; its shard keeps them."""
    size = dataset.recipe.get('shard_size', 64)
    path = root / 'shards' / f'{record.id // size:05d}.json'
    sample = _shard(path, path.stat().st_mtime_ns).get(record.id)
    if sample is None or getattr(sample, key) is None:
        raise UserError(f'{path} has no {key} of sample {record.id}; run tools/generate.py again')
    return getattr(sample, key)


@lru_cache(maxsize=2)  # samples come in the order of their numbers, many of one shard
def _shard(path: Path, changed: int) -> dict[int, SampleRecord]:
    return {sample.id: sample for sample in read_json(path, ShardRecord, versioned=True).samples}
