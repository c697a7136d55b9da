"""dataset.json: what a data set as a whole says of itself. ``docs/output_format.md`` documents the schema."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, Field, with_config
from typing_extensions import NotRequired, TypedDict

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.options import Count
from mmdatasetdm.generation.records import FileFacts
from mmdatasetdm.utils.io import read_json
from mmdatasetdm.utils.schema import SCHEMA_VERSION

Colour = Annotated[list[Annotated[int, Field(ge=0, le=255)]], Field(min_length=3, max_length=3)]
MORE = ConfigDict(extra='allow')  # further keys are kept


class ClassCount(TypedDict):
    """Of a class: samples that prompt it, samples that show it, fraction of all pixels."""

    prompted: int
    images: int
    pixel_fraction: float


@with_config(MORE)
class FilterCount(TypedDict):
    """A filter, with its options: how many samples it dropped, and the most frequent reasons."""

    type: str
    dropped: int
    reasons: dict[str, int]


class Throughput(TypedDict):
    """How fast the samples were made; the seconds are those of sampling, annotating and writing."""

    images_per_second: float
    seconds: float
    seconds_per_image: dict[str, float]
    devices: list[str]


@with_config(MORE)
class SamplerUsed(TypedDict):
    """``scheduler``: None: DDIM, or the generator's own; '': the images were given."""

    scheduler: str | None
    steps: int
    guidance: float


@with_config(MORE)
class DecoderUsed(TypedDict):
    checkpoint: str
    mask: NotRequired[Literal['keep', 'clip', 'drop']]
    background: NotRequired[str | None]


@with_config(MORE)
class RecipeUsed(TypedDict):
    """All that a sample is a function of, beside its number."""

    generator: str
    sampler: SamplerUsed
    decoders: dict[str, DecoderUsed]
    writer: NotRequired[dict[str, Any]]
    shard_size: NotRequired[Count]


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """dataset.json. Fractions and means are of the selected samples; None: no decoder labels that.

    Attributes:
        schema_version: of all files that describe the folder.
        fingerprint: digest of ``recipe``.
        num: samples that were asked for.
        samples, selected, failed: made, listed for training, without labels.
        failures: reason -> number.
        filters: what each filter dropped.
        ignored_fraction, mean_confidence: of the label maps.
        instances, uncertain_instances: their numbers; uncertain ones are crowds.
        ignored_fraction_of_instances: fraction of the pixels that are the crowds'.
        ignored_fraction_of_depth: fraction of the pixels without a depth.
        agreement: fraction of the instances' pixels that the label maps give to the instance's class.
        persons: their number.
        keypoint_agreement: fraction of the visible keypoints that lie in their person's mask.
        keypoints_outside_mask: fraction that did not, before the recipe's ``mask`` option hid or dropped any.
        per_class: decoder's class -> counts.
        warnings: what is whole and may still be wrong.
        classes, palette: what the values of the label maps mean, and their colours.
        label_names: decoder's class -> class of the label maps, where they differ.
        img_suffix, seg_map_suffix, depth_map_suffix, data_prefix: of the files, as mmseg's data sets take them.
        coco_files: task -> COCO's files of the selected samples ('train') and of all ('all').
        ignore_index, reduce_zero_label: as mmseg's data sets take them.
        tasks: which labels there are.
        skeleton: pairs of keypoint numbers, from 1.
        categories: COCO's categories by task.
        ann_file: the list of the selected samples.
        checksums: size and SHA-256 of the files that describe the whole: lists, manifest, COCO files.
        throughput: how fast it was made.
        code_versions: versions of the code that made the samples.
        generator: the recipe's name for the generator whose features the decoders read; ``recipe`` has its fingerprint.
        drawn_by: the recipe's name for the model that drew the images, where it is another one.
        custom_imports: modules of other packages, which register kinds that the recipe names.
        recipe: what the samples are a function of.
    """

    schema_version: int = SCHEMA_VERSION
    fingerprint: str
    num: int | None = None
    samples: int
    selected: int
    failed: int
    failures: dict[str, int]
    filters: list[FilterCount]
    ignored_fraction: float | None
    mean_confidence: float | None
    instances: int = 0
    uncertain_instances: int = 0
    ignored_fraction_of_instances: float | None = None
    ignored_fraction_of_depth: float | None = None
    agreement: float | None = None
    persons: int = 0
    keypoint_agreement: float | None = None
    keypoints_outside_mask: float | None = None
    per_class: dict[str, ClassCount]
    warnings: list[str] = field(default_factory=list)
    classes: list[str]
    palette: list[Colour]
    label_names: dict[str, str] = field(default_factory=dict)
    img_suffix: str = '.png'
    seg_map_suffix: str = '.png'
    depth_map_suffix: str = '.png'
    data_prefix: dict[str, str] = field(default_factory=dict)
    coco_files: dict[str, dict[str, str]] = field(default_factory=dict)
    ignore_index: int = 255
    reduce_zero_label: bool = False
    tasks: list[str] = field(default_factory=list)
    skeleton: list[list[Count]] = field(default_factory=list)
    categories: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ann_file: str = ''
    checksums: dict[str, FileFacts] = field(default_factory=dict)
    throughput: Throughput
    code_versions: list[str]
    generator: str = ''
    drawn_by: str = ''
    custom_imports: list[str] = field(default_factory=list)
    recipe: RecipeUsed

    def as_json(self) -> dict[str, Any]:
        """As it is written: ``label_names``, ``coco_files`` and ``categories`` are left out where there are none."""
        value = asdict(self)
        for key in ('label_names', 'coco_files', 'categories'):
            if not value[key]:
                del value[key]
        return value


@with_config(MORE)
class RelabelledRecipe(TypedDict):
    generator: str
    seed: int
    sampler: dict[str, Any]
    prompts: dict[str, Any]
    shard_size: Count


@dataclass(frozen=True, kw_only=True)
class RelabelledInfo:
    """dataset.json, as far as a folder that is labelled anew reads it; see :class:`DatasetInfo`."""

    fingerprint: str
    num: Count
    img_suffix: Annotated[str, Field(pattern=r'\.(png|jpg)$')]
    per_class: dict[str, ClassCount]
    drawn_by: str = ''
    recipe: RelabelledRecipe


InfoT = TypeVar('InfoT', DatasetInfo, RelabelledInfo)


def read_dataset(root: Path, kind: type[InfoT]) -> InfoT:
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
