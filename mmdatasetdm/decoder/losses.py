"""Segmentation losses of the P-Decoder: class cross-entropy, mask BCE and dice, in every layer."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmdatasetdm.decoder.matcher import Segments, match
from mmdatasetdm.decoder.point_sample import mostly_ignored, sample_points, uncertain_points, without_ignored
from mmdatasetdm.decoder.transformer_decoder import Predictions


def mask_bce(logits: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy, the mean over the points of each mask. All (N, P); -> (N,)."""
    return F.binary_cross_entropy_with_logits(logits, targets, reduction='none').mean(-1)


def mask_dice(logits: Tensor, targets: Tensor) -> Tensor:
    """1 - (2 sum(p t) + 1) / (sum(p) + sum(t) + 1) over the points of each mask. All (N, P); -> (N,)."""
    probability = logits.sigmoid()
    return 1 - (2 * (probability * targets).sum(-1) + 1) / (probability.sum(-1) + targets.sum(-1) + 1)


class SegmentCriterion(nn.Module):
    """Matched losses of all layers (Mask2Former; method.md section 2).

    Ignored pixels have no say: no point lies on them, their logits have no gradient, and a query that answers for no
    segment is no mistake where most of its mask is ignored.

    Args:
        classes: number of classes without "no object".
        class_weight, mask_weight, dice_weight: weights of cross-entropy, BCE and dice.
        no_object_weight: weight of "no object" in the cross-entropy.
        points: sampled points a mask.
        oversample: candidates a sampled point.
        importance: share of the points that are the most uncertain candidates.
    """

    def __init__(
        self,
        *,
        classes: int,
        class_weight: float = 2.0,
        mask_weight: float = 5.0,
        dice_weight: float = 5.0,
        no_object_weight: float = 0.1,
        points: int = 12544,
        oversample: float = 3.0,
        importance: float = 0.75,
    ) -> None:
        super().__init__()
        self.weights = {'class_weight': class_weight, 'mask_weight': mask_weight, 'dice_weight': dice_weight}
        self.points, self.oversample, self.importance = points, oversample, importance
        self.classes = classes
        class_weights = torch.ones(classes + 1)
        class_weights[-1] = no_object_weight
        self.register_buffer('class_weights', class_weights, persistent=False)

    def forward(self, predictions: Predictions, segments: Sequence[Segments]) -> dict[str, Tensor]:
        """
        Args:
            predictions: of a batch of B images.
            segments: B of them.

        Returns:
            weighted scalars: loss_cls, loss_mask, loss_dice of the last layer, loss_earlier: all three of all others.
        """
        matches = [
            match(classes, masks, image, points=self.points, **self.weights)
            for classes, masks, image in zip(
                predictions.class_logits.unbind(1), predictions.mask_logits.unbind(1), segments, strict=True
            )
        ]
        classes = self.weights['class_weight'] * self._class_loss(predictions, segments, matches)
        bce, dice = self._mask_losses(predictions.mask_logits, segments, matches)
        bce, dice = self.weights['mask_weight'] * bce, self.weights['dice_weight'] * dice
        losses = {'loss_cls': classes[-1], 'loss_mask': bce[-1], 'loss_dice': dice[-1]}
        if len(classes) > 1:
            losses['loss_earlier'] = (classes + bce + dice)[:-1].sum()
        return losses

    def _class_loss(self, predictions: Predictions, segments: Sequence[Segments], matches: list) -> Tensor:
        """The weighted mean over each layer's queries: (L,)"""
        logits = predictions.class_logits
        labels = torch.full(logits.shape[:-1], self.classes, device=logits.device)
        for image, (layers, found) in enumerate(zip(matches, segments, strict=True)):
            for layer, (queries, index) in enumerate(layers):
                labels[layer, image, queries] = found.labels[index.to(logits.device)]
        unknown = torch.stack(
            [
                mostly_ignored(masks, image.valid)
                for masks, image in zip(predictions.mask_logits.unbind(1), segments, strict=True)
            ],
            dim=1,
        )
        loss = F.cross_entropy(logits.flatten(0, 2).float(), labels.flatten(), reduction='none').view_as(labels)
        weight = self.class_weights[labels] * ~(unknown & (labels == self.classes))
        return (loss * weight).flatten(1).sum(1) / weight.flatten(1).sum(1).clamp(min=1e-6)

    def _mask_losses(self, logits: Tensor, segments: Sequence[Segments], matches: list) -> tuple[Tensor, Tensor]:
        """(L, B, Q, h, w) -> BCE (L,) and dice (L,), the means over the batch's matched masks."""
        layers, _, queries = logits.shape[:3]
        rows, owners = [], []
        for image, pairs in enumerate(matches):
            for layer, (matched, index) in enumerate(pairs):
                rows += ((layer * len(matches) + image) * queries + matched).tolist()
                owners += [(layer, image, int(segment)) for segment in index]
        if not owners:
            nothing = logits.flatten(1).sum(1) * 0
            return nothing, nothing
        # One look-up: the gradient of each would be a tensor as large as all masks.
        masks = logits.flatten(0, 2)[torch.tensor(rows, device=logits.device)].float()
        valid, images = [image.valid for image in segments], [image for _, image, _ in owners]
        points = uncertain_points(
            masks.detach(),
            valid=valid,
            owners=images,
            count=self.points,
            oversample=self.oversample,
            importance=self.importance,
        )
        labels = torch.stack([segments[image].masks[segment] for _, image, segment in owners])
        targets = sample_points(labels[:, None].to(points.dtype), points, mode='nearest')[:, 0]
        sampled = sample_points(without_ignored(masks, valid, images)[:, None], points)[:, 0]
        layer_of = torch.tensor([layer for layer, _, _ in owners], device=logits.device)
        share = layers / len(owners)
        return tuple(
            logits.new_zeros(layers, dtype=torch.float).index_add(0, layer_of, loss(sampled, targets)) * share
            for loss in (mask_bce, mask_dice)
        )
