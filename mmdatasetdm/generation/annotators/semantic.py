"""Annotators: finished latents -> labels, with the scores that filters and the report use."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.options import DecoderOptions
from mmdatasetdm.generation.prompts.base import Prompt

IGNORE = 255


@dataclass(frozen=True)
class Annotation:
    """One sample's labels of one task, and their scores.

    labels: semantic (H, W) uint8; instance and pose, COCO annotations without ids (uncertain objects are crowds); depth
        (H, W) float32, metres, 0 where it is uncertain.
    scores: semantic ``shares`` {class: share of the image's pixels}, ``ignored`` (share of pixels that are 255),
        ``confidence`` (mean winning probability over all pixels, the ignored ones too); instance ``objects`` (their
        number), ``confidence`` (their mean score), ``uncertain`` (number of the crowds), ``ignored`` (share of the
        image's pixels that are theirs) and, beside semantic labels, ``agreement`` (share of the objects' pixels that
        those give to the object's class; ignored ones do not count); depth ``nearest``, ``median``, ``farthest`` in
        metres and ``ignored`` (share of the pixels that are 0); pose ``people`` (their number), ``confidence`` (mean
        score of their joints) and, where there is a mask of the person, ``agreement`` (share of their visible joints
        that do not lie outside of it) and ``outside`` (share of the visible joints that did, before the recipe's
        ``mask`` option hid or dropped any).
    failure: why there are none; a NaN anywhere fails a sample.
    """

    labels: np.ndarray | list[dict]
    scores: dict
    failure: str | None = None

    @classmethod
    def failed(cls, reason: str) -> Annotation:
        """Of a sample that cannot be labelled; it is counted as failed, and nothing of it is written."""
        return cls(labels=[], scores={}, failure=reason)


class Annotator(Protocol):
    """One decoder of a recipe."""

    model: nn.Module

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
        others: Mapping[str, Sequence[Annotation]],
    ) -> list[Annotation]:
        """Features of B latents -> B annotations of ``image_size`` (H, W); ``others``: those that are made already.

        One with the attribute ``doubts_background`` that is true is given ``all_names`` too: the features of a pass
        whose text names all classes.
        """


def in_order(tasks: Iterable[str]) -> list[str]:
    """Tasks whose labels others look at first."""
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
            key = json.dumps(annotator.model.backbone.pass_settings, sort_keys=True, default=list)
            self.groups.setdefault(key, []).append((task, annotator))

    @torch.inference_mode()
    def __call__(
        self, latents: Tensor, prompts: Sequence[Prompt], *, image_size: tuple[int, int]
    ) -> list[dict[str, Annotation]]:
        """Latents (B, c, h, w) and their prompts -> per sample the annotation of each task."""
        found: dict[str, list[Annotation]] = {}
        for group in self.groups.values():  # others look at the labels of the semantic and the instance decoder
            backbone = group[0][1].model.backbone
            # a prompt in which no class was found says nothing of what the image shows
            read = backbone.read(latents, [backbone.text_of(prompt.classes or None) for prompt in prompts])
            levels: dict[tuple, tuple[Tensor, ...]] = {}
            for task, annotator in group:
                backbone = annotator.model.backbone
                kind = tuple(backbone.autoencoder_strides)
                if kind not in levels:
                    levels[kind] = backbone.levels(latents, read)
                more = {}
                if getattr(annotator, 'doubts_background', False) and any(prompt.classes for prompt in prompts):
                    everything = backbone.read(latents, [backbone.text_of(None)] * len(prompts))
                    more['all_names'] = backbone.levels(latents, everything)
                found[task] = annotator.label(levels[kind], prompts, image_size=image_size, others=found, **more)
        return [{task: labels[row] for task, labels in found.items()} for row in range(len(prompts))]


class SemanticAnnotator:
    """Labels every pixel with the decoder's most probable class, 255 where the decoder is unsure.

    Args:
        model: an mmseg EncoderDecoder of DiffusionFeatureBackbone and PDecoderHead, in eval mode, or a DecoderEnsemble
            of some.
        classes: the decoder's classes; a pixel's label is an index into them.
        options: from the recipe: the prompt restriction and the ignore band.
    """

    def __init__(self, *, model: nn.Module, classes: Sequence[str], options: DecoderOptions):
        self.model = model
        self.classes = tuple(classes)
        self.options = options
        for name in options.ignore.per_class:
            if name not in self.classes:
                raise UserError(f'recipe: decoders.semantic.ignore.per_class: {no_such_class(name, self.classes)}')
        _check_background(options, self.classes)
        self._reads_own = getattr(model.backbone, 'own_text', None) is not None
        # id of the background where it is not trusted: where a class that the prompt does not name may lie
        doubted = options.ignore.unnamed is not None and (options.restrict_to_prompt or self._reads_own)
        self._background = self.classes.index(options.background) if doubted and options.background in classes else None
        self.thresholds = torch.tensor(
            [options.ignore.per_class.get(name, options.ignore.score) for name in self.classes]
        )

    @property
    def doubts_background(self) -> bool:
        """Whether what is called background is compared with a pass whose text names all classes."""
        return self._background is not None and self._reads_own

    @property
    def identity(self) -> dict:
        options = asdict(self.options)
        return dict(
            classes=self.classes, **{key: options[key] for key in ('restrict_to_prompt', 'background', 'ignore')}
        )

    def check_prompts(self, classes: Sequence[str]) -> None:
        for name in classes:
            if name not in self.classes:
                raise UserError(f'recipe: prompts: {no_such_class(name, self.classes)}')

    def label(
        self,
        features: Sequence[Tensor],
        prompts: Sequence[Prompt],
        *,
        image_size: tuple[int, int],
        others: Mapping[str, Sequence[Annotation]],
        all_names: Sequence[Tensor] | None = None,
    ) -> list[Annotation]:
        probs = self.model.decode_head.predict_probs(features, image_size).float()
        finite = finite_rows(probs)
        allowed = allowed_classes(prompts, self.classes, always=self.options.background).to(probs)[:, :, None, None]
        unnamed = (probs * (1 - allowed)).sum(1)
        if all_names is not None:
            everything = self.model.decode_head.predict_probs(all_names, image_size).float()
            finite = [good and more for good, more in zip(finite, finite_rows(everything), strict=True)]
            unnamed = torch.maximum(unnamed, (everything * (1 - allowed)).sum(1))
        if self.options.restrict_to_prompt:
            probs = probs * allowed
        labels, confidence = label_map(probs, thresholds=self.thresholds.to(probs), margin=self.options.ignore.margin)
        if self._background is not None:
            doubtful = (labels == self._background) & (unnamed >= self.options.ignore.unnamed)
            labels = labels.masked_fill(doubtful, IGNORE)
        pixels = labels[0].numel()
        annotations = []
        for label, mean, good in zip(labels.cpu(), confidence.flatten(1).mean(1).tolist(), finite, strict=True):
            if not good:
                annotations.append(Annotation.failed('the class probabilities are not finite'))
                continue
            counts = torch.bincount(label.flatten().long(), minlength=256).tolist()
            shares = {name: round(counts[i] / pixels, 6) for i, name in enumerate(self.classes) if counts[i]}
            annotations.append(
                Annotation(
                    labels=label.numpy(),
                    scores=dict(shares=shares, ignored=round(counts[IGNORE] / pixels, 6), confidence=round(mean, 4)),
                )
            )
        return annotations


def _check_background(options: DecoderOptions, classes: Sequence[str]) -> None:
    """Where the background is needed or named, it must be a class: a misspelt one makes all pixels objects."""
    named = options.background
    if named is None or named in classes or not (options.restrict_to_prompt or named != 'background'):
        return
    raise UserError(
        f'recipe: decoders.semantic.background is {named!r}, but the classes of the decoder are {", ".join(classes)}: '
        'say which of them is the background, or background=None where none is'
    )


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


def label_map(probs: Tensor, *, thresholds: Tensor, margin: float) -> tuple[Tensor, Tensor]:
    """Class scores (B, C, H, W), not negative -> labels (B, H, W) uint8 and the winner's probability (B, H, W).

    Scores are normalised to sum to 1 over the classes. A pixel is 255 where the winner's probability is below its
    class's threshold (``thresholds`` (C,)) or leads the runner-up by less than ``margin``.
    """
    probs = probs / probs.sum(1, keepdim=True).clamp_min(1e-12)
    best = probs.topk(min(2, probs.shape[1]), dim=1)
    winner, labels = best.values[:, 0], best.indices[:, 0]
    unsure = winner < thresholds[labels]
    if margin > 0 and probs.shape[1] > 1:
        unsure |= winner - best.values[:, 1] < margin
    return labels.masked_fill(unsure, IGNORE).to(torch.uint8), winner


def no_such_class(name: str, classes: Sequence[str]) -> str:
    return f"no class '{name}' in the decoder; it knows {', '.join(classes)}"
