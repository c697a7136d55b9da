"""The instance annotator: finished latents -> objects in COCO form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from mmengine.config import Config
from pycocotools import mask as rle
from torch import Tensor

from mmdatasetdm.decoder.postprocess import connected_components
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.base import (
    IGNORE,
    Annotation,
    Annotator,
    allowed_classes,
    finite_rows,
    no_such_class,
)
from mmdatasetdm.generation.annotators.loading import decoder_classes, load_decoder
from mmdatasetdm.generation.annotators.options import InstanceOptions
from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.generation.records import InstanceScores
from mmdatasetdm.registry import ANNOTATORS

if TYPE_CHECKING:
    from mmdatasetdm.models.decode_heads.base import Decoder


class Found(NamedTuple):
    """An object on its way: index of its class, mask (H, W) bool, score."""

    label: int
    mask: np.ndarray
    score: float


@ANNOTATORS.register_module('instance')
class InstanceAnnotator:
    """Objects with a mask, a class and a score; none shares a pixel with another.

    Those that it is not sure of (``ignore_score`` to ``min_score`` of the options) are crowds, ``iscrowd=1``: training
    takes such a place neither for the object nor for background.

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
        cls, options: InstanceOptions, *, config: Config, device: str, others: Mapping[str, Annotator]
    ) -> InstanceAnnotator:
        model = load_decoder('instance', options, config, device)
        return cls(
            model=model,
            classes=decoder_classes('instance', options, model),
            options=options,
            semantic_classes=others['semantic'].classes if 'semantic' in others else None,
        )

    @property
    def identity(self) -> dict:
        options = asdict(self.options)
        kept = ('restrict_to_prompt', 'min_score', 'ignore_score', 'min_share', 'max_overlap', 'semantic', 'min_part')
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
        others: Mapping[str, Sequence[Annotation]],
        all_classes: Sequence[Tensor] | None = None,
    ) -> list[Annotation]:
        allowed = allowed_classes(prompts, self.classes) if self.options.restrict_to_prompt else None
        probs, masks = self.model.decode_head.predict_instances(features, image_size, allowed=allowed)
        finite = finite_rows(probs, masks)
        annotations = []
        for row, (one, some) in enumerate(zip(probs.cpu(), masks.cpu(), strict=True)):
            semantic = others['semantic'][row] if 'semantic' in others else None
            if not finite[row] or (semantic and semantic.failure):
                annotations.append(Annotation.failed("the objects' probabilities are not finite"))
            else:
                annotations.append(self._objects(one, some, semantic.labels if semantic else None))
        return annotations

    def _objects(self, probs: Tensor, masks: Tensor, semantic: np.ndarray | None) -> Annotation:
        """Class probabilities (Q, classes) and mask probabilities (Q, H, W) of one image."""
        chance, labels = probs.max(1)
        inside = masks > 0.5
        areas = inside.flatten(1).sum(1)
        scores = chance * (masks * inside).flatten(1).sum(1) / areas.clamp(min=1)
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
            one = one._replace(mask=without_small_parts(one.mask, least=self.options.min_part))
            if one.mask.sum() >= max(1, self.options.min_share * one.mask.size):
                taken |= torch.from_numpy(one.mask)
                every.append(one)
        found = [one for one in every if one.score >= self.options.min_score]
        unsure = every[len(found) :]  # the best come first
        objects = [
            coco_object(one.mask, category_id=self.category_ids[one.label], score=one.score, crowd=number >= len(found))
            for number, one in enumerate(every)
        ]
        summary = InstanceScores(
            instances=len(found),
            confidence=round(sum(one.score for one in found) / max(len(found), 1), 4),
            found=sorted({self.classes[one.label] for one in found}),
            uncertain=len(unsure),
            ignored=round(sum(int(one.mask.sum()) for one in unsure) / masks[0].numel(), 6) if unsure else 0.0,
            agreement=None if semantic is None else agreement(found, semantic, self.semantic_ids),
        )
        return Annotation(labels=objects, scores=summary)


def agreement(found: Sequence[Found], semantic: np.ndarray, ids: Sequence[int]) -> float | None:
    """The share of the objects' pixels, ignored ones apart, that the semantic labels (H, W) give to their classes.

    Args:
        ids: the semantic id of each class; None is returned where there is no pixel to judge.
    """
    judged = sum(int((one.mask & (semantic != IGNORE)).sum()) for one in found)
    agreed = sum(int((one.mask & (semantic == ids[one.label])).sum()) for one in found)
    return round(agreed / judged, 4) if judged else None


def without_small_parts(mask: np.ndarray, *, least: float) -> np.ndarray:
    """A mask (H, W) bool without its parts (8-connected) smaller than ``least`` times the largest."""
    parts = list(connected_components(mask))
    if len(parts) < 2 or least <= 0:
        return mask
    largest = max(part.sum() for part in parts)
    return np.logical_or.reduce([part for part in parts if part.sum() >= least * largest])


def coco_object(mask: np.ndarray, *, category_id: int, score: float, crowd: bool = False) -> dict:
    """A COCO annotation of a mask (H, W) bool, without its ids; the run-length code keeps holes."""
    code = encode_mask(mask)
    return dict(
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
