"""Segmentation losses of the P-Decoder: class cross-entropy, mask BCE and dice, in every layer."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmdatasetdm.decoder.matching import Segments, match
from mmdatasetdm.decoder.points import sample_points, uncertain_points
from mmdatasetdm.decoder.query_decoder import Predictions


def mask_bce(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Binary cross-entropy, the mean over the valid points of each mask. All (N, P); -> (N,)."""
    loss = F.binary_cross_entropy_with_logits(logits, targets, reduction='none')
    return (loss * weights).sum(-1) / weights.sum(-1).clamp(min=1)


def mask_dice(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """1 - (2 sum(p t) + 1) / (sum(p) + sum(t) + 1) over the valid points of each mask. All (N, P); -> (N,)."""
    probability, targets = logits.sigmoid() * weights, targets * weights
    return 1 - (2 * (probability * targets).sum(-1) + 1) / (probability.sum(-1) + targets.sum(-1) + 1)


class SegmentCriterion(nn.Module):
    """Matched losses of all layers (Mask2Former; method.md section 2).

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
        classes = self.weights['class_weight'] * self._class_loss(predictions.class_logits, segments, matches)
        bce, dice = self._mask_losses(predictions.mask_logits, segments, matches)
        bce, dice = self.weights['mask_weight'] * bce, self.weights['dice_weight'] * dice
        losses = {'loss_cls': classes[-1], 'loss_mask': bce[-1], 'loss_dice': dice[-1]}
        if len(classes) > 1:
            losses['loss_earlier'] = (classes + bce + dice)[:-1].sum()
        return losses

    def _class_loss(self, logits: Tensor, segments: Sequence[Segments], matches: list) -> Tensor:
        """(L, B, Q, classes + 1) -> (L,)"""
        labels = torch.full(logits.shape[:-1], self.classes, device=logits.device)
        for image, (layers, found) in enumerate(zip(matches, segments, strict=True)):
            for layer, (queries, index) in enumerate(layers):
                labels[layer, image, queries] = found.labels[index.to(logits.device)]
        loss = F.cross_entropy(logits.flatten(0, 2).float(), labels.flatten(), self.class_weights, reduction='none')
        weight = self.class_weights[labels]
        return loss.view_as(weight).flatten(1).sum(1) / weight.flatten(1).sum(1)

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
        points = uncertain_points(
            masks.detach(), count=self.points, oversample=self.oversample, importance=self.importance
        )
        targets, weights = self._targets(points, segments, owners)
        sampled = sample_points(masks[:, None], points)[:, 0]
        layer_of = torch.tensor([layer for layer, _, _ in owners], device=logits.device)
        share = layers / len(owners)
        return tuple(
            logits.new_zeros(layers, dtype=torch.float).index_add(0, layer_of, loss(sampled, targets, weights)) * share
            for loss in (mask_bce, mask_dice)
        )

    @staticmethod
    def _targets(points: Tensor, segments: Sequence[Segments], owners: list) -> tuple[Tensor, Tensor]:
        """Target and weight of N masks at their own points (N, P, 2): both (N, P), 0 or 1."""
        maps = torch.stack(
            [torch.stack([segments[image].masks[segment], segments[image].valid]) for _, image, segment in owners]
        )
        values = sample_points(maps.to(points.dtype), points, mode='nearest')
        return values[:, 0], values[:, 1]
