"""What is read back from a generated folder: dataset.json, the manifest's lines and the shards' markers.

They may come from anywhere, so their types are checked before anything is made of them; names of files in them go
through ``mmdatasetdm.utils.io.below``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import NotRequired, TypedDict

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.options import Count, Whole
from mmdatasetdm.utils.io import adapter, read_json

Colour = Annotated[list[Annotated[int, Field(ge=0, le=255)]], Field(min_length=3, max_length=3)]


class ClassCount(TypedDict):
    prompted: int
    images: int
    pixel_share: float


class FilterCount(TypedDict):
    type: str
    dropped: int
    reasons: dict[str, int]


class Throughput(TypedDict):
    images_per_second: float
    seconds: float
    seconds_per_image: dict[str, float]
    devices: list[str]


class SamplerUsed(TypedDict):
    scheduler: str
    steps: int
    guidance: float


class DecoderUsed(TypedDict):
    checkpoint: str
    mask: NotRequired[Literal['keep', 'clip', 'drop']]
    background: NotRequired[str | None]


class RecipeUsed(TypedDict):
    generator: str
    sampler: SamplerUsed
    decoders: dict[str, DecoderUsed]
    shard_size: NotRequired[Count]


class Dataset(TypedDict):
    """dataset.json, as far as the report reads it."""

    fingerprint: str
    samples: int
    selected: int
    failed: int
    failures: dict[str, int]
    filters: list[FilterCount]
    warnings: NotRequired[list[str]]
    ignored_share: float | None
    mean_confidence: float | None
    objects: NotRequired[int]
    agreement: NotRequired[float | None]
    people: NotRequired[int]
    joints_outside: NotRequired[float | None]
    per_class: dict[str, ClassCount]
    classes: list[str]
    palette: list[Colour]
    label_names: NotRequired[dict[str, str]]
    skeleton: NotRequired[list[list[Count]]]
    throughput: Throughput
    code_versions: list[str]
    recipe: RecipeUsed


class RelabelledRecipe(TypedDict):
    generator: str
    seed: int
    sampler: dict[str, Any]
    prompts: dict[str, Any]
    shard_size: Count


class Relabelled(TypedDict):
    """dataset.json, as far as a folder that is labelled anew reads it."""

    fingerprint: str
    num: Count
    img_suffix: Annotated[str, Field(pattern=r'\.(png|jpg)$')]
    per_class: dict[str, ClassCount]
    recipe: RelabelledRecipe


class InstanceScores(TypedDict):
    objects: int
    uncertain: NotRequired[int]


class PoseScores(TypedDict):
    people: int
    outside: NotRequired[float]


class DepthScores(TypedDict):
    nearest: NotRequired[float]
    farthest: NotRequired[float]


class Scores(TypedDict, total=False):
    shares: dict[str, float]
    ignored: float
    confidence: float
    instance: InstanceScores
    pose: PoseScores
    depth: DepthScores


class Sample(TypedDict):
    """One sample in a shard's marker."""

    id: Whole
    name: str
    prompt: str
    classes: list[str]
    files: dict[str, str]
    failed: str | None
    scores: Scores | None


class MadeSample(Sample):
    """The same with how it was made."""

    seed: int
    sampler: dict[str, Any]
    generator: str


class ManifestLine(Sample):
    selected: bool
    dropped: str | None


class FileFacts(TypedDict):
    size: Whole
    sha256: str


class Marker(TypedDict):
    """A finished shard."""

    first: Whole
    count: Whole
    seconds: dict[str, float]
    workers: Count
    device: str
    code: str
    files: dict[str, FileFacts]
    samples: list[MadeSample]


class Person(TypedDict):
    keypoints: list[float]


class InlineSample(TypedDict):
    id: Whole
    objects: NotRequired[list[dict[str, Any]]]
    people: NotRequired[list[Person]]


class Inline(TypedDict):
    """A shard's marker, as far as the report reads it."""

    samples: list[InlineSample]


def read_dataset(root: Path, kind: Any = Dataset) -> dict:
    """dataset.json of a finished folder.

    Raises:
        UserError: it is not there, or damaged.
        OSError: it cannot be read.
    """
    path = root / 'dataset.json'
    try:
        return read_json(path, kind, advice='it is damaged; run tools/generate.py again')
    except FileNotFoundError:
        state = 'its making is not finished' if (root / 'recipe.json').exists() else 'it is not a generated data set'
        raise UserError(f'{root} has no dataset.json: {state}') from None


def read_manifest(root: Path) -> Iterator[dict]:
    """The lines of manifest.jsonl, one in memory at a time."""
    path = root / 'manifest.jsonl'
    try:
        with open(path, encoding='utf-8') as file:
            for number, line in enumerate(file, 1):
                try:
                    record = json.loads(line)
                    adapter(ManifestLine).validate_python(record, strict=True)
                except (ValueError, RecursionError):
                    raise UserError(f'{path}: line {number} is damaged; run tools/generate.py again') from None
                yield record
    except UnicodeDecodeError:
        raise UserError(f'{path} is not text; run tools/generate.py again') from None
    except FileNotFoundError:
        raise UserError(f'{path} is missing; run tools/generate.py again') from None
