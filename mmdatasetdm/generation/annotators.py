"""Annotators: finished latents -> labels, with the scores that filters and the report use."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

import numpy as np
import torch
from pycocotools import mask as rle
from torch import Tensor, nn

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompts import Prompt
from mmdatasetdm.generation.recipe import DecoderOptions, DepthOptions, InstanceOptions

IGNORE = 255


@dataclass(frozen=True)
class Annotation:
    """One sample's labels of one task, and their scores.

    labels: semantic (H, W) uint8; instance, COCO annotations without ids; depth (H, W) float32, metres.
    scores: semantic ``shares`` {class: share of the image's pixels}, ``ignored`` (share of pixels that are 255),
        ``confidence`` (mean winning probability over all pixels, the ignored ones too); instance ``objects`` (their
        number), ``confidence`` (their mean score) and, beside semantic labels, ``agreement`` (share of the objects'
        pixels that those give to the object's class; ignored ones do not count); depth ``nearest``, ``median``,
        ``farthest`` in metres.
    """

    labels: np.ndarray | list[dict]
    scores: dict


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
        semantic: Sequence[Annotation] | None,
    ) -> list[Annotation]:
        """Features of B latents -> B annotations of ``image_size`` (H, W); ``semantic``: those of the same images."""


class AnnotationPass:
    """All decoders of a recipe on one pass of the generator; decoders whose features differ have a pass each.

    Args:
        annotators: by task.
    """

    def __init__(self, annotators: Mapping[str, Annotator]):
        self.groups: dict[str, list[tuple[str, Annotator]]] = {}
        for task, annotator in sorted(annotators.items(), key=lambda item: item[0] != 'semantic'):
            key = json.dumps(annotator.model.backbone.settings, sort_keys=True, default=list)
            self.groups.setdefault(key, []).append((task, annotator))

    @torch.inference_mode()
    def __call__(
        self, latents: Tensor, prompts: Sequence[Prompt], *, image_size: tuple[int, int]
    ) -> list[dict[str, Annotation]]:
        """Latents (B, c, h, w) and their prompts -> per sample the annotation of each task."""
        found: dict[str, list[Annotation]] = {}
        for group in self.groups.values():  # the semantic decoder comes first, as others look at its labels
            backbone = group[0][1].model.backbone
            features = backbone.forward_latents(latents, [backbone.text_of(prompt.classes) for prompt in prompts])
            for task, annotator in group:
                found[task] = annotator.label(
                    features, prompts, image_size=image_size, semantic=found.get('semantic')
                )
        return [{task: labels[row] for task, labels in found.items()} for row in range(len(prompts))]


class SemanticAnnotator:
    """Labels every pixel with the decoder's most probable class, 255 where the decoder is unsure.

    Args:
        model: an mmseg EncoderDecoder of DiffusionFeatureBackbone and PDecoderHead, in eval mode.
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
        self.thresholds = torch.tensor(
            [options.ignore.per_class.get(name, options.ignore.score) for name in self.classes]
        )

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
        semantic: Sequence[Annotation] | None,
    ) -> list[Annotation]:
        probs = self.model.decode_head.predict_probs(features, image_size).float()
        if self.options.restrict_to_prompt:
            probs = probs * self._allowed(prompts).to(probs)[:, :, None, None]
        labels, confidence = label_map(probs, thresholds=self.thresholds.to(probs), margin=self.options.ignore.margin)
        pixels = labels[0].numel()
        annotations = []
        for label, mean in zip(labels.cpu(), confidence.flatten(1).mean(1).tolist(), strict=True):
            counts = torch.bincount(label.flatten().long(), minlength=256).tolist()
            shares = {name: round(counts[i] / pixels, 6) for i, name in enumerate(self.classes) if counts[i]}
            annotations.append(
                Annotation(
                    labels=label.numpy(),
                    scores=dict(shares=shares, ignored=round(counts[IGNORE] / pixels, 6), confidence=round(mean, 4)),
                )
            )
        return annotations

    def _allowed(self, prompts: Sequence[Prompt]) -> Tensor:
        return allowed_classes(prompts, self.classes, always=self.options.background)


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


class InstanceAnnotator:
    """Objects with a mask, a class and a score; none shares a pixel with another.

    Args:
        model: a DiffusionMaskFormer, in eval mode.
        classes: the decoder's classes.
        options: from the recipe.
        semantic_classes: classes of the semantic labels of the same samples; None where there are none.
    """

    def __init__(
        self,
        *,
        model: nn.Module,
        classes: Sequence[str],
        options: InstanceOptions,
        semantic_classes: Sequence[str] | None = None,
    ):
        self.model = model
        self.classes = tuple(classes)
        self.options = options
        ids = options.category_ids
        self.category_ids = list(range(1, len(classes) + 1)) if ids is None else list(ids)
        if len(set(self.category_ids)) != len(classes):
            raise UserError(
                f'recipe: decoders.instance.category_ids has {len(set(self.category_ids))} different ids, but the '
                f'decoder has {len(classes)} classes'
            )
        if semantic_classes is not None:
            for name in self.classes:
                if name not in semantic_classes:
                    raise UserError(f'recipe: decoders.instance: the semantic decoder has no class {name}')
            self.semantic_ids = [list(semantic_classes).index(name) for name in self.classes]

    @property
    def identity(self) -> dict:
        options = asdict(self.options)
        kept = ('restrict_to_prompt', 'min_score', 'min_share', 'max_overlap', 'semantic')
        return dict(classes=self.classes, category_ids=self.category_ids, **{key: options[key] for key in kept})

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
        semantic: Sequence[Annotation] | None,
    ) -> list[Annotation]:
        probs, masks = self.model.decode_head.predict_objects(features, image_size)
        if self.options.restrict_to_prompt:
            probs = probs * allowed_classes(prompts, self.classes).to(probs)[:, None]
        return [
            self._objects(one.cpu(), some.cpu(), semantic[row].labels if semantic else None)
            for row, (one, some) in enumerate(zip(probs, masks, strict=True))
        ]

    def _objects(self, probs: Tensor, masks: Tensor, semantic: np.ndarray | None) -> Annotation:
        """Class probabilities (Q, classes) and mask probabilities (Q, H, W) of one image."""
        chance, labels = probs.max(1)
        inside = masks > 0.5
        areas = inside.flatten(1).sum(1)
        scores = chance * (masks * inside).flatten(1).sum(1) / areas.clamp(min=1)
        taken = torch.zeros(masks.shape[1:], dtype=torch.bool)
        found, agreed, judged = [], 0, 0
        for query in scores.argsort(descending=True, stable=True).tolist():
            if scores[query] < self.options.min_score:
                break
            mask = inside[query] & ~taken
            if mask.sum() < (1 - self.options.max_overlap) * areas[query]:
                continue
            mask, label = mask.numpy(), int(labels[query])
            if semantic is not None:
                sure, same = semantic != IGNORE, semantic == self.semantic_ids[label]
                if self.options.semantic == 'clip':
                    mask = mask & (same | ~sure)
                elif self.options.semantic == 'drop' and (mask & same).sum() < 0.5 * (mask & sure).sum():
                    continue
            if mask.sum() < max(1, self.options.min_share * mask.size):
                continue
            if semantic is not None:
                agreed, judged = agreed + int((mask & same).sum()), judged + int((mask & sure).sum())
            taken |= torch.from_numpy(mask)
            found.append(coco_object(mask, category_id=self.category_ids[label], score=scores[query].item()))
        summary = dict(objects=len(found), confidence=round(sum(o['score'] for o in found) / max(len(found), 1), 4))
        if semantic is not None:
            summary['agreement'] = round(agreed / judged, 4) if judged else None
        return Annotation(labels=found, scores=summary)


def coco_object(mask: np.ndarray, *, category_id: int, score: float) -> dict:
    """A COCO annotation of a mask (H, W) bool, without its ids; the run-length code keeps holes."""
    code = rle.encode(np.asfortranarray(mask.astype(np.uint8)))
    return dict(
        category_id=category_id,
        bbox=[float(value) for value in rle.toBbox(code)],
        area=int(mask.sum()),
        iscrowd=0,
        score=round(score, 4),
        segmentation=dict(size=list(mask.shape), counts=code['counts'].decode()),
    )


class DepthAnnotator:
    """Metric depth of every pixel.

    Args:
        model: a DiffusionDepthEstimator, in eval mode.
        options: from the recipe.
    """

    def __init__(self, *, model: nn.Module, options: DepthOptions):
        self.model = model
        self.options = options

    @property
    def identity(self) -> dict:
        return {}

    def check_prompts(self, classes: Sequence[str]) -> None:
        """Depth has no classes."""

    def label(
        self,
        features: Sequence[Tensor],
        prompts: Sequence[Prompt],
        *,
        image_size: tuple[int, int],
        semantic: Sequence[Annotation] | None,
    ) -> list[Annotation]:
        depth = self.model.decode_head.predict_depth(features, image_size)[:, 0].float().cpu()
        annotations = []
        for one in depth:
            values = dict(nearest=one.min(), median=one.median(), farthest=one.max())
            scores = {name: round(value.item(), 3) for name, value in values.items()}
            annotations.append(Annotation(labels=one.numpy(), scores=scores))
        return annotations


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
