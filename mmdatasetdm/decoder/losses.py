"""The losses of the decoders: matched losses of masks, losses of pixels, and the logarithmic loss of depth."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmdatasetdm.decoder.matcher import MaskTargets, Match, hungarian_match
from mmdatasetdm.decoder.point_sample import mostly_ignored, sample_points, uncertain_points, without_ignored
from mmdatasetdm.decoder.transformer_decoder import Predictions
from mmdatasetdm.errors import UserError


def mask_bce(logits: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy, the mean over the points of each mask. All (N, P); -> (N,)."""
    return F.binary_cross_entropy_with_logits(logits, targets, reduction='none').mean(-1)


def mask_dice(logits: Tensor, targets: Tensor) -> Tensor:
    """1 - (2 sum(p t) + 1) / (sum(p) + sum(t) + 1) over the points of each mask. All (N, P); -> (N,)."""
    probability = logits.sigmoid()
    return 1 - (2 * (probability * targets).sum(-1) + 1) / (probability.sum(-1) + targets.sum(-1) + 1)


class SetCriterion(nn.Module):
    """Class cross-entropy, mask BCE and dice of matched queries, in every layer (Mask2Former; docs/method.md).

    Ignored pixels do not count: no point lies on them, their logits have no gradient, and a query without a target is
    not pushed to "no object" where most of its mask is ignored.

    Args:
        num_classes: number of classes without "no object".
        class_weight: weight of the cross-entropy.
        mask_weight: weight of the BCE.
        dice_weight: weight of the dice loss.
        no_object_weight: weight of "no object" in the cross-entropy.
        num_points: sampled points for each mask.
        oversample_ratio: candidates for each sampled point.
        importance_sample_ratio: fraction of the points that are the most uncertain candidates.
    """

    class_weights: Tensor

    def __init__(
        self,
        *,
        num_classes: int,
        class_weight: float = 2.0,
        mask_weight: float = 5.0,
        dice_weight: float = 5.0,
        no_object_weight: float = 0.1,
        num_points: int = 12544,
        oversample_ratio: float = 3.0,
        importance_sample_ratio: float = 0.75,
    ) -> None:
        super().__init__()
        self.weights = {'class_weight': class_weight, 'mask_weight': mask_weight, 'dice_weight': dice_weight}
        self.num_points = num_points
        self.oversample_ratio, self.importance_sample_ratio = oversample_ratio, importance_sample_ratio
        self.num_classes = num_classes
        class_weights = torch.ones(num_classes + 1)
        class_weights[-1] = no_object_weight
        self.register_buffer('class_weights', class_weights, persistent=False)

    def forward(self, predictions: Predictions, targets: Sequence[MaskTargets]) -> dict[str, Tensor]:
        """The weighted losses of a batch.

        Args:
            predictions: of a batch of B images.
            targets: of each image.

        Returns:
            scalars: loss_cls, loss_mask, loss_dice of the last layer, loss_earlier: the sum of all three of all others.
        """
        matches = [
            hungarian_match(classes, masks, image, num_points=self.num_points, **self.weights)
            for classes, masks, image in zip(
                predictions.class_logits.unbind(1), predictions.mask_logits.unbind(1), targets, strict=True
            )
        ]
        classes = self.weights['class_weight'] * self._class_loss(predictions, targets, matches)
        bce, dice = self._mask_losses(predictions.mask_logits, targets, matches)
        bce, dice = self.weights['mask_weight'] * bce, self.weights['dice_weight'] * dice
        losses = {'loss_cls': classes[-1], 'loss_mask': bce[-1], 'loss_dice': dice[-1]}
        if len(classes) > 1:
            losses['loss_earlier'] = (classes + bce + dice)[:-1].sum()
        return losses

    def _class_loss(
        self, predictions: Predictions, targets: Sequence[MaskTargets], matches: Sequence[list[Match]]
    ) -> Tensor:
        """The weighted mean over each layer's queries: (L,)"""
        logits = predictions.class_logits
        labels = torch.full(logits.shape[:-1], self.num_classes, device=logits.device)
        for image, (layers, target) in enumerate(zip(matches, targets, strict=True)):
            for layer, (queries, index) in enumerate(layers):
                labels[layer, image, queries] = target.labels[index.to(logits.device)]
        unknown = torch.stack(
            [
                mostly_ignored(masks, image.valid)
                for masks, image in zip(predictions.mask_logits.unbind(1), targets, strict=True)
            ],
            dim=1,
        )
        loss = F.cross_entropy(logits.flatten(0, 2).float(), labels.flatten(), reduction='none').view_as(labels)
        weight = self.class_weights[labels] * ~(unknown & (labels == self.num_classes))
        return (loss * weight).flatten(1).sum(1) / weight.flatten(1).sum(1).clamp(min=1e-6)

    def _mask_losses(
        self, logits: Tensor, targets: Sequence[MaskTargets], matches: Sequence[list[Match]]
    ) -> tuple[Tensor, Tensor]:
        """(L, B, Q, h, w) -> BCE (L,) and dice (L,), the means over the batch's matched masks."""
        num_layers, _, num_queries = logits.shape[:3]
        rows: list[int] = []
        owners: list[tuple[int, int, int]] = []  # layer, image, target
        for image, pairs in enumerate(matches):
            for layer, (queries, index) in enumerate(pairs):
                rows += ((layer * len(matches) + image) * num_queries + queries).tolist()
                owners += [(layer, image, int(target)) for target in index]
        if not owners:
            nothing = logits.flatten(1).sum(1) * 0
            return nothing, nothing
        # One look-up: the gradient of each would be a tensor as large as all masks.
        masks = logits.flatten(0, 2)[torch.tensor(rows, device=logits.device)].float()
        valid, images = [image.valid for image in targets], [image for _, image, _ in owners]
        points = uncertain_points(
            masks.detach(),
            valid=valid,
            owners=images,
            num_points=self.num_points,
            oversample_ratio=self.oversample_ratio,
            importance_sample_ratio=self.importance_sample_ratio,
        )
        labels = torch.stack([targets[image].masks[target] for _, image, target in owners])
        labels = sample_points(labels[:, None].to(points.dtype), points, mode='nearest')[:, 0]
        sampled = sample_points(without_ignored(masks, valid, images)[:, None], points)[:, 0]
        layer_of = torch.tensor([layer for layer, _, _ in owners], device=logits.device)
        scale = num_layers / len(owners)
        zeros = logits.new_zeros(num_layers, dtype=torch.float)
        return (
            zeros.index_add(0, layer_of, mask_bce(sampled, labels)) * scale,
            zeros.index_add(0, layer_of, mask_dice(sampled, labels)) * scale,
        )


class PixelCriterion(nn.Module):
    """Cross-entropy of the labelled pixels, and a soft dice loss over the classes that are present.

    Args:
        num_classes: number of classes.
        dice_weight: weight of the dice loss; 0 leaves it out.
        ignore_index: label of the pixels that do not count.
    """

    def __init__(self, *, num_classes: int, dice_weight: float = 0.0, ignore_index: int = 255) -> None:
        super().__init__()
        self.num_classes, self.dice_weight, self.ignore_index = num_classes, dice_weight, ignore_index

    def forward(self, logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Logits (B, num_classes, h, w), labels (B, H, W) -> scalars: loss_ce, and loss_dice where it has a weight."""
        labels = labels.long()
        logits = F.interpolate(logits.float(), size=labels.shape[-2:], mode='bilinear')
        valid = labels != self.ignore_index
        # A sum and a count instead of the mean, which is NaN for a batch without a labelled pixel.
        loss = F.cross_entropy(logits, labels, ignore_index=self.ignore_index, reduction='sum')
        losses = {'loss_ce': loss / valid.sum().clamp(min=1)}
        if self.dice_weight:
            losses['loss_dice'] = self.dice_weight * self._dice(logits, labels, valid)
        return losses

    def _dice(self, logits: Tensor, labels: Tensor, valid: Tensor) -> Tensor:
        """1 - (2 sum(p t) + 1) / (sum(p) + sum(t) + 1) over the batch, the mean over the classes in its labels."""
        probability = (logits.softmax(1) * valid[:, None]).transpose(0, 1).flatten(1)
        target = F.one_hot(labels.masked_fill(~valid, 0), self.num_classes).flatten(0, 2).T * valid.flatten()
        dice = 1 - (2 * (probability * target).sum(1) + 1) / (probability.sum(1) + target.sum(1) + 1)
        present = target.any(1)
        return (dice * present).sum() / present.sum().clamp(min=1)


class SiLogCriterion(nn.Module):
    """sqrt(mean(g^2) - scale_invariance * mean(g)^2) of g = log(depth) - log(target) (DatasetDM supp. 3.3).

    The mean over the batch's images of the root over each image's pixels. mmseg's SiLogLoss is the same with
    ``scale_invariance`` 0.5, but its gradient is infinite where the prediction is perfect, and an image without a valid
    pixel counts as perfect.

    Args:
        max_depth: metres; what lies beyond does not count.
        scale_invariance: how much of the mean error of the logarithm is forgiven: 0 nothing, 1 every common factor. The
            usual 0.5 learns the scale too.
        loss_weight: factor of the loss.
    """

    def __init__(self, *, max_depth: float, scale_invariance: float = 0.5, loss_weight: float = 1.0) -> None:
        super().__init__()
        if not 0 <= scale_invariance <= 1:
            raise UserError(f'scale_invariance is {scale_invariance}; it must be from 0 to 1')
        self.max_depth, self.scale_invariance, self.loss_weight = max_depth, scale_invariance, loss_weight

    def forward(self, depth: Tensor, target: Tensor) -> dict[str, Tensor]:
        """Depth (B, 1, H, W) above 0 and target (B, 1, H, W), both in metres, 0 is no depth -> loss_silog, a scalar."""
        valid = (target > 0) & (target <= self.max_depth)
        error = torch.where(valid, depth.log() - target.clamp(min=1e-6).log(), 0.0).flatten(1)
        count = valid.flatten(1).sum(1)
        mean = error.sum(1) / count.clamp(min=1)
        square = error.square().sum(1) / count.clamp(min=1)
        losses = (square - self.scale_invariance * mean.square()).clamp(min=0).add(1e-8).sqrt() * (count > 0)
        return {'loss_silog': self.loss_weight * (losses.sum() / (count > 0).sum().clamp(min=1))}
