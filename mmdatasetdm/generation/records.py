"""What the rooms of generation hand to each other and write: a sample, a shard, a line of the manifest.

They are read back from folders that may come from anywhere, so their types are checked before anything is made of them;
names of files in them go through ``mmdatasetdm.utils.io.below``. ``docs/output_format.md`` documents the schema, and
``utils.schema.SCHEMA_VERSION`` counts its changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from typing_extensions import TypedDict

from mmdatasetdm.generation.options import Count, Whole
from mmdatasetdm.generation.scores import Scores
from mmdatasetdm.utils.schema import SCHEMA_VERSION


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A COCO annotation of an instance, without its ids.

    Attributes:
        category_id: COCO id of its class.
        bbox: x, y, width and height in pixels.
        area: pixels of the mask.
        iscrowd: 1 where it is uncertain.
        score: class probability times the mask's mean probability.
        segmentation: run-length code of the mask: ``size`` (H, W) and ``counts``.
    """

    category_id: int
    bbox: list[float]
    area: float
    iscrowd: int = 0
    score: float | None = None
    segmentation: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Person:
    """A COCO annotation of a person, without its ids.

    Attributes:
        category_id: COCO id of the person's class.
        bbox: x, y, width and height in pixels.
        area: pixels of the mask, or of the box where no mask is known.
        iscrowd: 0.
        segmentation: run-length code of the mask; None: no mask is known.
        num_keypoints: those with a visibility above 0.
        keypoints: x, y, visibility of each keypoint; 0, 0, 0 where it is not labelled.
        keypoint_scores: one a keypoint.
    """

    category_id: int
    bbox: list[float]
    area: float
    iscrowd: int = 0
    segmentation: dict[str, Any] | None = None
    num_keypoints: int
    keypoints: list[float]
    keypoint_scores: list[float] = field(default_factory=list)


# of one task: pixels (H, W), or COCO annotations
Labels = np.ndarray | Sequence[Instance | Person]


@dataclass(frozen=True, kw_only=True)
class SampleRecord:
    """One sample, as its shard keeps it.

    Attributes:
        id: its number in the data set.
        name: the number in eight digits.
        prompt, classes: the text and the classes that it names.
        seed, sampler, generator: how the image was sampled.
        decoders: task -> start of the SHA-256 of the checkpoint.
        code: version of the code.
        files: 'image', 'semantic', 'depth' -> path below the folder; empty where the sample failed.
        size: height and width of the image in pixels.
        failed: why there are no labels; None: there are.
        scores: None where the sample failed.
        instances, persons: COCO annotations; None: no such decoder, or failed. The manifest leaves them out.
    """

    id: Whole
    name: str
    prompt: str
    classes: list[str]
    seed: int | None = None
    sampler: dict[str, Any] = field(default_factory=dict)
    generator: str = ''
    decoders: dict[str, str] = field(default_factory=dict)
    code: str = ''
    files: dict[str, str]
    size: list[Count] = field(default_factory=list)
    failed: str | None
    scores: Scores | None
    instances: list[Instance] | None = None
    persons: list[Person] | None = None


@dataclass(frozen=True, kw_only=True)
class ManifestLine(SampleRecord):
    """A line of manifest.jsonl: a sample with the filters' verdict.

    Attributes:
        selected: it is in the training list.
        dropped: 'filter: reason' where it is not.
    """

    selected: bool
    dropped: str | None
    schema_version: int = SCHEMA_VERSION

    @classmethod
    def of(cls, record: SampleRecord, *, dropped: str | None) -> ManifestLine:
        values = {one.name: getattr(record, one.name) for one in fields(SampleRecord)}
        values.update(instances=None, persons=None)
        return cls(**values, selected=dropped is None, dropped=dropped)


class FileFacts(TypedDict):
    size: Whole
    sha256: str


@dataclass(frozen=True, kw_only=True)
class ShardRecord:
    """The marker of a finished shard."""

    schema_version: int = SCHEMA_VERSION
    shard: Whole = 0
    first: Whole
    count: Whole
    seconds: dict[str, float]
    workers: Count
    device: str
    batch_size: Count = 1
    code: str
    files: dict[str, FileFacts]
    samples: list[SampleRecord]


def as_json(record: SampleRecord | ShardRecord) -> dict:
    """A record as it is written: scores and labels that a sample does not have are left out."""
    value = asdict(record)
    for sample in value.get('samples', [value]):
        if sample['scores']:
            sample['scores'] = _without_none(sample['scores'])
            if not sample['scores']['others']:
                del sample['scores']['others']
        for labels in ('instances', 'persons'):
            if sample[labels] is None:
                del sample[labels]
            else:
                sample[labels] = _without_none(sample[labels])
    return value


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(one) for key, one in value.items() if one is not None}
    return [_without_none(one) for one in value] if isinstance(value, list) else value


def coco_annotation(found: Instance | Person) -> dict[str, Any]:
    """An instance or a person as COCO's JSON has it, without its ids."""
    return {key: value for key, value in vars(found).items() if value is not None}
