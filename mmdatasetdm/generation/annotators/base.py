"""Annotators: finished latents -> labels, with the scores that filters and the report use."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, TypeVar

import numpy as np
import torch
from mmengine.config import Config
from torch import Tensor

from mmdatasetdm.generation.options import Files, checked
from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.generation.records import Instance, Labels, Person
from mmdatasetdm.generation.scores import TaskScores

if TYPE_CHECKING:
    from mmdatasetdm.models.decode_heads.base import Decoder

IGNORE = 255
CocoT = TypeVar('CocoT', Instance, Person)

# what becomes of labels that other labels contradict
OnConflict = Literal['keep', 'clip', 'drop']


@checked
class TaskOptions:
    """What a recipe says about any decoder.

    Args:
        config: the decoder's config file.
        checkpoint: its weights, or the work folder of its training, whose last checkpoint is taken. A list: of several
            decoders of this config, whose predictions are averaged.
    """

    config: str
    checkpoint: Files | None = None

    @property
    def checkpoints(self) -> Sequence[str]:
        """The files of ``checkpoint``."""
        return self.checkpoint or ()

    def check_tasks(self, tasks: Collection[str]) -> None:
        """UserError when an option needs a decoder that is not among the recipe's ``tasks``."""

    def apply(self, config: Config) -> None:
        """Change the decoder's config before it is built, as the options say."""


@dataclass(frozen=True)
class Annotation:
    """One sample's labels of one task, and their scores.

    Attributes:
        labels: semantic (H, W) uint8; instance and pose, COCO annotations without ids (uncertain instances are crowds);
            depth (H, W) float32, metres, 0 where it is uncertain.
        scores: the task's in ``records``, or a dict of numbers for a task from outside.
        failure: why there are none; a NaN anywhere fails a sample.
    """

    labels: Labels
    scores: TaskScores
    failure: str | None = None

    @classmethod
    def failed(cls, reason: str) -> Annotation:
        """Of a sample that cannot be labelled; it is counted as failed, and nothing of it is written."""
        return cls(labels=[], scores={}, failure=reason)

    @property
    def label_map(self) -> np.ndarray:
        """The labels of a task that labels pixels, (H, W).

        Raises:
            TypeError: the task is another one.
        """
        if not isinstance(self.labels, np.ndarray):
            raise TypeError('the labels are COCO annotations')
        return self.labels


def coco_labels(labels: Mapping[str, Labels] | None, task: str, kind: type[CocoT]) -> list[CocoT] | None:
    """A sample's COCO annotations of a task; None: it failed (``labels`` is None), or there is no such decoder."""
    return None if labels is None or task not in labels else [one for one in labels[task] if isinstance(one, kind)]


class Annotator(Protocol):
    """One decoder of a recipe; registered in ``ANNOTATORS`` under the name of its task."""

    Options: ClassVar[type[TaskOptions]]
    model: Decoder
    # whether ``label`` needs the features of a further pass, whose text names all classes
    needs_all_classes: bool

    @classmethod
    def build(cls, options: TaskOptions, *, config: Config, device: str, built: Mapping[str, Annotator]) -> Annotator:
        """From a recipe's options and the decoder's config; ``built``: the annotators of other tasks, by task."""
        ...

    @property
    def identity(self) -> dict:
        """What the labels depend on beside the decoder's weights."""

    def check_prompts(self, classes: Sequence[str]) -> None:
        """UserError when the prompts may name a class that the decoder does not have."""

    def label(
        self,
        features: Sequence[Tensor],
        prompts: Sequence[Prompt],
        *,
        image_size: tuple[int, int],
        annotations: Mapping[str, Sequence[Annotation]],
        all_classes: Sequence[Tensor] | None = None,
    ) -> list[Annotation]:
        """Features of B latents -> B annotations of ``image_size`` (H, W).


        Args:
            features: levels, finest first.
            prompts: B.
            annotations: those that other decoders made of the same latents, by task.
            all_classes: the features of the further pass, where ``needs_all_classes`` and a prompt names any class.
        """


def in_order(tasks: Iterable[str]) -> list[str]:
    """Tasks in the order of labelling: those whose labels other annotators use come first."""
    first = ('semantic', 'instance')
    return sorted(tasks, key=lambda task: first.index(task) if task in first else len(first))


class AnnotationPass:
    """All decoders of a recipe on one pass of the generator; those that read another text or timestep have their own.

    Args:
        annotators: by task.
    """

    def __init__(self, annotators: Mapping[str, Annotator]):
        self.groups: dict[str, list[tuple[str, Annotator]]] = {}
        for task in in_order(annotators):
            annotator = annotators[task]
            key = json.dumps(annotator.model.backbone.extraction_settings, sort_keys=True, default=list)
            self.groups.setdefault(key, []).append((task, annotator))

    @torch.inference_mode()
    def __call__(
        self, latents: Tensor, prompts: Sequence[Prompt], *, image_size: tuple[int, int]
    ) -> list[dict[str, Annotation]]:
        """Latents (B, c, h, w) and their prompts -> per sample the annotation of each task."""
        found: dict[str, list[Annotation]] = {}
        for group in self.groups.values():
            backbone = group[0][1].model.backbone
            # a prompt in which no class was found says nothing of what the image shows
            extracted = backbone.extract(latents, [backbone.prompt_of(prompt.classes or None) for prompt in prompts])
            levels: dict[tuple, tuple[Tensor, ...]] = {}
            for task, annotator in group:
                backbone = annotator.model.backbone
                kind = tuple(backbone.vae_strides)
                if kind not in levels:
                    levels[kind] = backbone.levels(latents, extracted)
                every = None
                if annotator.needs_all_classes and any(prompt.classes for prompt in prompts):
                    everything = backbone.extract(latents, [backbone.prompt_of(None)] * len(prompts))
                    every = backbone.levels(latents, everything)
                found[task] = annotator.label(
                    levels[kind], prompts, image_size=image_size, annotations=found, all_classes=every
                )
        return [{task: labels[row] for task, labels in found.items()} for row in range(len(prompts))]


def allowed_classes(prompts: Sequence[Prompt], classes: Sequence[str], *, always: str | None = None) -> Tensor:
    """(B, classes) of 0 and 1: the prompted ones and the one ``always``; all classes where a prompt names none."""
    allowed = torch.zeros(len(prompts), len(classes))
    for row, prompt in zip(allowed, prompts, strict=True):
        for name in (*prompt.classes, always):
            if name in classes:
                row[classes.index(name)] = 1
        if not prompt.classes:
            row[:] = 1
    return allowed


def finite_rows(*predictions: Tensor) -> list[bool]:
    """Whether all of a decoder's values for each sample of a batch are finite; the first axis is the batch."""
    good = [torch.isfinite(values).flatten(1).all(1) for values in predictions]
    return torch.stack(good).all(0).tolist()


def no_such_class(name: str, classes: Sequence[str]) -> str:
    return f"no class '{name}' in the decoder; it knows {', '.join(classes)}"
