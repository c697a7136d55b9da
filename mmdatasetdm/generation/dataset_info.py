"""dataset.json: what a data set as a whole says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import NotRequired, TypedDict

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.options import Count
from mmdatasetdm.utils.io import read_json

Colour = Annotated[list[Annotated[int, Field(ge=0, le=255)]], Field(min_length=3, max_length=3)]


class ClassCount(TypedDict):
    prompted: int
    images: int
    pixel_fraction: float


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


class DatasetInfo(TypedDict):
    """dataset.json."""

    schema_version: int
    fingerprint: str
    samples: int
    selected: int
    failed: int
    failures: dict[str, int]
    filters: list[FilterCount]
    warnings: NotRequired[list[str]]
    ignored_fraction: float | None
    mean_confidence: float | None
    instances: NotRequired[int]
    agreement: NotRequired[float | None]
    persons: NotRequired[int]
    keypoints_outside_mask: NotRequired[float | None]
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


class RelabelledInfo(TypedDict):
    """dataset.json, as far as a folder that is labelled anew reads it."""

    fingerprint: str
    num: Count
    img_suffix: Annotated[str, Field(pattern=r'\.(png|jpg)$')]
    per_class: dict[str, ClassCount]
    recipe: RelabelledRecipe


def read_dataset(root: Path, kind: Any = DatasetInfo) -> dict:
    """dataset.json of a finished folder.

    Raises:
        UserError: it is not there, damaged, or of another version.
        OSError: it cannot be read.
    """
    path = root / 'dataset.json'
    try:
        return read_json(path, kind, advice='it is damaged; run tools/generate.py again', versioned=True)
    except FileNotFoundError:
        state = 'its making is not finished' if (root / 'recipe.json').exists() else 'it is not a generated data set'
        raise UserError(f'{root} has no dataset.json: {state}') from None
