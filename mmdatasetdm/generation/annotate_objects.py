"""The instance annotator: finished latents -> objects in COCO form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import NamedTuple

import numpy as np
import torch
from pycocotools import mask as rle
from torch import Tensor, nn

from mmdatasetdm.decoder.parts import connected_parts, near
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators import IGNORE, Annotation, allowed_classes, no_such_class
from mmdatasetdm.generation.decoder_options import InstanceOptions
from mmdatasetdm.generation.prompts import Prompt


class Found(NamedTuple):
    """An object on its way: index of its class, mask (H, W) bool, score, probabilities of its mask (H, W)."""

    label: int
    mask: np.ndarray
    score: float
    chances: np.ndarray


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
        kept = ('restrict_to_prompt', 'min_score', 'min_share', 'max_overlap', 'semantic', 'min_part')
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
    ) -> list[Annotation]:
        allowed = allowed_classes(prompts, self.classes) if self.options.restrict_to_prompt else None
        probs, masks = self.model.decode_head.predict_objects(features, image_size, allowed=allowed)
        return [
            self._objects(one.cpu(), some.cpu(), others['semantic'][row].labels if 'semantic' in others else None)
            for row, (one, some) in enumerate(zip(probs, masks, strict=True))
        ]

    def _objects(self, probs: Tensor, masks: Tensor, semantic: np.ndarray | None) -> Annotation:
        """Class probabilities (Q, classes) and mask probabilities (Q, H, W) of one image."""
        chance, labels = probs.max(1)
        inside = masks > 0.5
        areas = inside.flatten(1).sum(1)
        scores = chance * (masks * inside).flatten(1).sum(1) / areas.clamp(min=1)
        taken = torch.zeros(masks.shape[1:], dtype=torch.bool)
        found: list[Found] = []
        for query in scores.argsort(descending=True, stable=True).tolist():
            if scores[query] < self.options.min_score:
                break
            mask = inside[query] & ~taken
            if mask.sum() < (1 - self.options.max_overlap) * areas[query]:
                continue
            one = Found(int(labels[query]), mask.numpy(), scores[query].item(), masks[query].numpy())
            if semantic is not None and self.options.semantic in ('clip', 'drop'):
                sure, same = semantic != IGNORE, semantic == self.semantic_ids[one.label]
                if self.options.semantic == 'clip':
                    one = one._replace(mask=one.mask & (same | ~sure))
                elif (one.mask & same).sum() < 0.5 * (one.mask & sure).sum():
                    continue
            one = self._cleaned(one)
            if one.mask.sum() >= self._least(one.mask):
                taken |= torch.from_numpy(one.mask)
                found.append(one)
        if self.options.semantic == 'follow':
            found = [self._cleaned(one) for one in follow(found, semantic, self.semantic_ids, self.options.min_score)]
            found = [one for one in found if one.mask.sum() >= self._least(one.mask)]
        objects = [coco_object(one.mask, category_id=self.category_ids[one.label], score=one.score) for one in found]
        summary = dict(
            objects=len(found),
            confidence=round(sum(one.score for one in found) / max(len(found), 1), 4),
            found=sorted({self.classes[one.label] for one in found}),
        )
        if semantic is not None:
            summary['agreement'] = agreement(found, semantic, self.semantic_ids)
        return Annotation(labels=objects, scores=summary)

    def _cleaned(self, one: Found) -> Found:
        return one._replace(mask=without_small_parts(one.mask, least=self.options.min_part))

    def _least(self, mask: np.ndarray) -> float:
        """Pixels that an object needs."""
        return max(1, self.options.min_share * mask.size)


def agreement(found: Sequence[Found], semantic: np.ndarray, ids: Sequence[int]) -> float | None:
    """The share of the objects' pixels, ignored ones apart, that the semantic labels (H, W) give to their classes.

    Args:
        ids: the semantic id of each class; None is returned where there is no pixel to judge.
    """
    judged = sum(int((one.mask & (semantic != IGNORE)).sum()) for one in found)
    agreed = sum(int((one.mask & (semantic == ids[one.label])).sum()) for one in found)
    return round(agreed / judged, 4) if judged else None


def follow(found: Sequence[Found], semantic: np.ndarray, ids: Sequence[int], score: float) -> list[Found]:
    """The objects that semantic labels (H, W) show: those say where a class is, ``found`` tells its objects apart.

    A connected part of a class goes to the objects that cover a tenth of it, pixel by pixel to the one whose mask is
    likelier there. A part that none covers goes to an object of its class whose box is near, a quarter of that box's
    longer side at most (something may stand before the middle of an object); else it is an object of its own, with
    ``score``. The highest scores come first.

    Args:
        ids: the semantic id of each class.
    """
    results = []
    for label, number in enumerate(ids):
        own = [one for one in found if one.label == label]
        extents = [np.zeros(semantic.shape, bool) for _ in own]
        for here in connected_parts(semantic == number):
            owners = [i for i, one in enumerate(own) if (one.mask & here).sum() >= 0.1 * here.sum()]
            owners = owners or [i for i, one in enumerate(own) if near(one.mask, here)][:1]
            if not owners:
                results.append(Found(label, here, score, here.astype(np.float32)))
                continue
            nearest = np.argmax([own[i].chances for i in owners], axis=0)
            for index, i in enumerate(owners):
                extents[i] |= here & (nearest == index)
        results += [one._replace(mask=extent) for one, extent in zip(own, extents, strict=True)]
    return sorted(results, key=lambda one: -one.score)


def without_small_parts(mask: np.ndarray, *, least: float) -> np.ndarray:
    """A mask (H, W) bool without its parts (8-connected) smaller than ``least`` times the largest."""
    parts = list(connected_parts(mask))
    if len(parts) < 2 or least <= 0:
        return mask
    largest = max(part.sum() for part in parts)
    return np.logical_or.reduce([part for part in parts if part.sum() >= least * largest])


def coco_object(mask: np.ndarray, *, category_id: int, score: float) -> dict:
    """A COCO annotation of a mask (H, W) bool, without its ids; the run-length code keeps holes."""
    code = encode_mask(mask)
    return dict(
        category_id=category_id,
        bbox=[float(value) for value in rle.toBbox(code)],
        area=int(mask.sum()),
        iscrowd=0,
        score=round(score, 4),
        segmentation=code,
    )


def encode_mask(mask: np.ndarray) -> dict:
    """COCO's run-length code of a mask (H, W) bool, as JSON takes it."""
    code = rle.encode(np.asfortranarray(mask.astype(np.uint8)))
    return dict(size=list(mask.shape), counts=code['counts'].decode())
