"""What an inferencer returns for one image, in arrays and as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmdatasetdm.generation.annotators.base import Annotation
from mmdatasetdm.generation.records import Instance, Person
from mmdatasetdm.generation.scores import TaskScores


@dataclass(frozen=True, kw_only=True)
class LabelledImage:
    """An image and its labels; a kind of label is None where no decoder writes it, and all are where it failed.

    Attributes:
        image: (H, W, 3) uint8, RGB.
        prompt: the sentence that it was sampled from; '' for an image that was given.
        classes: what the decoders were told that it shows.
        seed: of the sampling; None for an image that was given.
        source: the file of an image that was given; None for one that was sampled, or given as an array.
        semantic: (H, W) uint8, indices into the decoder's classes, 255 where it is unsure.
        instances: COCO annotations without ids; uncertain ones are crowds (``iscrowd=1``).
        depth: (H, W) float32, metres, 0 where it is unsure.
        persons: COCO annotations with keypoints, without ids.
        scores: by task, what filters and the report use.
        failure: why there are no labels; None: there are.
    """

    image: np.ndarray
    prompt: str
    classes: tuple[str, ...]
    seed: int | None = None
    source: str | None = None
    semantic: np.ndarray | None = None
    instances: list[Instance] | None = None
    depth: np.ndarray | None = None
    persons: list[Person] | None = None
    scores: Mapping[str, TaskScores]
    failure: str | None = None


# task -> the attribute of LabelledImage that holds its labels
ATTRIBUTE = dict(semantic='semantic', instance='instances', depth='depth', pose='persons')


def labels_of(annotations: Mapping[str, Annotation]) -> dict:
    """The labels of an image by the attributes of :class:`LabelledImage`."""
    return {ATTRIBUTE[task]: annotation.labels for task, annotation in annotations.items() if task in ATTRIBUTE}


def failure_of(annotations: Mapping[str, Annotation], *, before: str | None) -> str | None:
    """Why an image has no labels: what went wrong ``before``, or with one of its annotations; None: nothing did."""
    return before or next((found.failure for found in annotations.values() if found.failure), None)


def as_list(value: str | np.ndarray | Sequence) -> list:
    """One input or several, as a list."""
    return [value] if isinstance(value, str) or not isinstance(value, Sequence) else list(value)
