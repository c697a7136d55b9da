"""Which query answers for which labelled segment: the Hungarian matching of Mask2Former."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from mmdatasetdm.decoder.point_sample import random_points, sample_points


@dataclass(frozen=True, kw_only=True)
class Segments:
    """The labelled segments of one image.

    labels: class ids (G,), int64.
    masks: (G, H, W), bool.
    valid: (H, W), bool; False where the label is to be ignored.
    """

    labels: Tensor
    masks: Tensor
    valid: Tensor

    @classmethod
    def from_semantic(cls, labels: Tensor, *, ignore_index: int = 255) -> 'Segments':
        """One segment a class that is present in a label map (H, W)."""
        present = labels.unique()
        present = present[present != ignore_index]
        return cls(labels=present.long(), masks=labels == present[:, None, None], valid=labels != ignore_index)

    def at(self, points: Tensor) -> Tensor:
        """Masks (G, P) at points (P, 2), as floats; 0 or 1, since labels are never interpolated."""
        if not len(self.masks):
            return points.new_zeros(0, len(points))
        return sample_points(self.masks[None].to(points.dtype), points[None], mode='nearest')[0]


@torch.no_grad()
def match(
    class_logits: Tensor,
    mask_logits: Tensor,
    segments: Segments,
    *,
    points: int,
    class_weight: float,
    mask_weight: float,
    dice_weight: float,
) -> list[tuple[Tensor, Tensor]]:
    """Match the queries of every layer to the segments of one image, at the same random points for all layers.

    The points lie on valid pixels: ignored ones decide nothing.

    Args:
        class_logits: (L, Q, classes + 1).
        mask_logits: (L, Q, h, w).
        segments: the image's G segments.
        points: number P of points at which masks are compared.
        class_weight, mask_weight, dice_weight: weights of the three costs, those of the losses.

    Returns:
        for every layer the query indices and the segment indices, both (min(Q, G),), on the CPU.
    """
    where = random_points(segments.valid, points)
    target = segments.at(where)
    layers, queries = mask_logits.shape[:2]
    logits = sample_points(mask_logits.flatten(0, 1)[None], where[None])[0].float()

    cost = -class_weight * class_logits.flatten(0, 1).float().softmax(-1)[:, segments.labels]
    # BCE(x, t) = softplus(x) - x t: one matrix product gives it for every pair.
    cost += mask_weight * (F.softplus(logits).sum(-1, keepdim=True) - logits @ target.T) / points
    probability = logits.sigmoid()
    overlap = 2 * probability @ target.T + 1
    cost += dice_weight * (1 - overlap / (probability.sum(-1, keepdim=True) + target.sum(-1) + 1))
    cost = cost.unflatten(0, (layers, queries)).cpu()
    return [tuple(torch.as_tensor(part) for part in linear_sum_assignment(layer)) for layer in cost]
