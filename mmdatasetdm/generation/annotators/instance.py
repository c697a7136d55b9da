"""The instance annotator: finished latents -> instances in COCO form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
import torch
from mmengine.config import Config
from pycocotools import mask as rle
from pydantic import Field
from torch import Tensor

from mmdatasetdm.decoder.postprocess import connected_components
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.base import (
    IGNORE,
    Annotation,
    Annotator,
    OnConflict,
    TaskOptions,
    allowed_classes,
    finite_rows,
    no_such_class,
)
from mmdatasetdm.generation.annotators.loading import decoder_classes, load_decoder
from mmdatasetdm.generation.annotators.semantic import SemanticAnnotator
from mmdatasetdm.generation.options import Probability, Whole, checked
from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.generation.records import Instance
from mmdatasetdm.generation.scores import InstanceScores
from mmdatasetdm.registry import ANNOTATORS

if TYPE_CHECKING:
    from mmdatasetdm.models.decode_heads.base import Decoder


@checked
class InstanceOptions(TaskOptions):
    """The instance decoder of the recipe.

    Args:
        restrict_to_prompt: an instance may only be of a prompted class, where a prompt names any.
        min_score: least score, class probability times the mask's mean probability, of an instance that is kept.
        ignore_score: an instance from this score up to ``min_score`` is uncertain: a crowd (``iscrowd=1``), which stock
            models train on neither as an instance nor, here, as background. ``min_score``: there are none.
        min_fraction: least fraction of the image's pixels.
        max_overlap: an instance is dropped when more than this fraction of it belongs to those of higher scores; what
            is left of a kept one has no pixel in common with them.
        semantic: 'keep' takes instances as they are, 'clip' cuts off what the semantic labels give to another class,
            'drop' drops instances of which they give more than half to another class.
        min_component: connected components of a mask are cut off when they are smaller than this fraction of its
            largest one: a stray blob in a corner makes a box as large as the image. 0 keeps all.
        category_ids: COCO ids of the decoder's classes; None: 1, 2, 3, ...
    """

    restrict_to_prompt: bool = False
    min_score: Probability = 0.3
    ignore_score: Probability = 0.1
    min_fraction: Probability = 0.002
    max_overlap: Probability = 0.5
    semantic: OnConflict = 'keep'
    min_component: Probability = 0.25
    category_ids: Annotated[Sequence[Whole], Field(min_length=1)] | None = None

    def check_tasks(self, tasks: Collection[str]) -> None:
        if self.semantic != 'keep' and 'semantic' not in tasks:
            raise UserError(f"recipe: decoders.instance.semantic '{self.semantic}' needs a semantic decoder")


class Found(NamedTuple):
    """An instance before it is encoded: index of its class, mask (H, W) bool, score."""

    label: int
    mask: np.ndarray
    score: float


@ANNOTATORS.register_module('instance')
class InstanceAnnotator:
    """Instances with a mask, a class and a score; none has a pixel in common with another.

    Those that it is not sure of (``ignore_score`` to ``min_score`` of the options) are crowds, ``iscrowd=1``: training
    takes such a region neither for an instance nor for background.

    Args:
        model: a DiffusionMaskFormer, in eval mode, or a DecoderEnsemble of some.
        classes: the decoder's classes.
        options: from the recipe.
        semantic_classes: classes of the semantic labels of the same samples; None where there are none.
    """

    Options = InstanceOptions
    needs_all_classes = False

    def __init__(
        self,
        *,
        model: Decoder,
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

    @classmethod
    def build(
        cls, options: InstanceOptions, *, config: Config, device: str, built: Mapping[str, Annotator]
    ) -> InstanceAnnotator:
        model, semantic = load_decoder('instance', options, config, device), built.get('semantic')
        return cls(
            model=model,
            classes=decoder_classes('instance', options, model),
            options=options,
            semantic_classes=semantic.classes if isinstance(semantic, SemanticAnnotator) else None,
        )

    @property
    def identity(self) -> dict:
        options = asdict(self.options)
        for key in ('config', 'checkpoint', 'category_ids'):
            del options[key]
        return dict(classes=self.classes, category_ids=self.category_ids, **options)

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
        annotations: Mapping[str, Sequence[Annotation]],
        all_classes: Sequence[Tensor] | None = None,
    ) -> list[Annotation]:
        allowed = allowed_classes(prompts, self.classes) if self.options.restrict_to_prompt else None
        probs, masks = self.model.decode_head.predict_instances(features, image_size, allowed=allowed)
        finite = finite_rows(probs, masks)
        made = []
        for row, (one, some) in enumerate(zip(probs.cpu(), masks.cpu(), strict=True)):
            semantic = annotations['semantic'][row] if 'semantic' in annotations else None
            if not finite[row] or (semantic and semantic.failure):
                made.append(Annotation.failed("the instances' probabilities are not finite"))
            else:
                made.append(self._instances(one, some, semantic.label_map if semantic else None))
        return made

    def _instances(self, probs: Tensor, masks: Tensor, semantic: np.ndarray | None) -> Annotation:
        """Class probabilities (Q, classes) and mask probabilities (Q, H, W) of one image."""
        confidence, labels = probs.max(1)
        inside = masks > 0.5
        areas = inside.flatten(1).sum(1)
        scores = confidence * (masks * inside).flatten(1).sum(1) / areas.clamp(min=1)
        taken = torch.zeros(masks.shape[1:], dtype=torch.bool)
        least_score = min(self.options.min_score, self.options.ignore_score)
        every: list[Found] = []
        for query in scores.argsort(descending=True, stable=True).tolist():
            if scores[query] < least_score:
                break
            mask = inside[query] & ~taken
            if mask.sum() < (1 - self.options.max_overlap) * areas[query]:
                continue
            one = Found(int(labels[query]), mask.numpy(), scores[query].item())
            if semantic is not None and self.options.semantic != 'keep':
                sure, same = semantic != IGNORE, semantic == self.semantic_ids[one.label]
                if self.options.semantic == 'clip':
                    one = one._replace(mask=one.mask & (same | ~sure))
                elif (one.mask & same).sum() < 0.5 * (one.mask & sure).sum():
                    continue
            one = one._replace(mask=without_small_components(one.mask, least=self.options.min_component))
            if one.mask.sum() >= max(1, self.options.min_fraction * one.mask.size):
                taken |= torch.from_numpy(one.mask)
                every.append(one)
        found = [one for one in every if one.score >= self.options.min_score]
        unsure = every[len(found) :]  # the best come first
        instances = [
            coco_instance(
                one.mask, category_id=self.category_ids[one.label], score=one.score, crowd=number >= len(found)
            )
            for number, one in enumerate(every)
        ]
        summary = InstanceScores(
            instances=len(found),
            confidence=round(sum(one.score for one in found) / max(len(found), 1), 4),
            found=sorted({self.classes[one.label] for one in found}),
            counts=dict(sorted(Counter(self.classes[one.label] for one in found).items())),
            uncertain=len(unsure),
            ignored=round(sum(int(one.mask.sum()) for one in unsure) / masks[0].numel(), 6) if unsure else 0.0,
            agreement=None if semantic is None else agreement(found, semantic, self.semantic_ids),
        )
        return Annotation(labels=instances, scores=summary)


def agreement(found: Sequence[Found], semantic: np.ndarray, ids: Sequence[int]) -> float | None:
    """The fraction of the instances' pixels that the semantic labels (H, W) give to their classes; ignored ones do not
    count.

    Args:
        ids: the semantic id of each class; None is returned where there is no pixel to judge.
    """
    judged = sum(int((one.mask & (semantic != IGNORE)).sum()) for one in found)
    agreed = sum(int((one.mask & (semantic == ids[one.label])).sum()) for one in found)
    return round(agreed / judged, 4) if judged else None


def without_small_components(mask: np.ndarray, *, least: float) -> np.ndarray:
    """A mask (H, W) bool without its 8-connected components smaller than ``least`` times the largest."""
    components = list(connected_components(mask))
    if len(components) < 2 or least <= 0:
        return mask
    largest = max(component.sum() for component in components)
    return np.logical_or.reduce([component for component in components if component.sum() >= least * largest])


def coco_instance(mask: np.ndarray, *, category_id: int, score: float, crowd: bool = False) -> Instance:
    """The annotation of a mask (H, W) bool; the run-length code keeps holes."""
    code = encode_mask(mask)
    return Instance(
        category_id=category_id,
        bbox=[float(value) for value in rle.toBbox(code)],
        area=int(mask.sum()),
        iscrowd=int(crowd),
        score=round(score, 4),
        segmentation=code,
    )


def encode_mask(mask: np.ndarray) -> dict:
    """COCO's run-length code of a mask (H, W) bool, as JSON takes it."""
    code = rle.encode(np.asfortranarray(mask.astype(np.uint8)))
    return dict(size=list(mask.shape), counts=code['counts'].decode())
