"""Which query predicts which labelled mask: the Hungarian matching of Mask2Former."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from mmdatasetdm.decoder.point_sample import random_points, sample_points

# Of one layer: the matched queries and the targets that they are matched to, both (min(Q, G),), on the CPU.
Match = tuple[Tensor, Tensor]


@dataclass(frozen=True, kw_only=True)
class MaskTargets:
    """The labelled masks of one image.

    labels: class ids (G,), int64.
    masks: (G, H, W), bool.
    valid: (H, W), bool; False where the label is to be ignored.
    """

    labels: Tensor
    masks: Tensor
    valid: Tensor

    @classmethod
    def from_semantic(cls, labels: Tensor, *, ignore_index: int = 255) -> 'MaskTargets':
        """One mask for each class that is present in a label map (H, W)."""
        present = labels.unique()
        present = present[present != ignore_index]
        return cls(labels=present.long(), masks=labels == present[:, None, None], valid=labels != ignore_index)

    def sample(self, points: Tensor) -> Tensor:
        """Masks (G, P) at points (P, 2), as floats; 0 or 1, since labels are never interpolated."""
        if not len(self.masks):
            return points.new_zeros(0, len(points))
        return sample_points(self.masks[None].to(points.dtype), points[None], mode='nearest')[0]


@torch.no_grad()
def hungarian_match(
    class_logits: Tensor,
    mask_logits: Tensor,
    targets: MaskTargets,
    *,
    num_points: int,
    class_weight: float,
    mask_weight: float,
    dice_weight: float,
) -> list[Match]:
    """Match the queries of every layer to the masks of one image, at the same random points for all layers.

    The points lie on valid pixels: ignored ones decide nothing.

    Args:
        class_logits: (L, Q, num_classes + 1).
        mask_logits: (L, Q, h, w).
        targets: the image's G masks.
        num_points: number P of points at which masks are compared.
        class_weight: weight of the class cost, as of the loss.
        mask_weight: weight of the cross-entropy of the masks.
        dice_weight: weight of the dice cost.

    Returns:
        the match of every layer.
    """
    points = random_points(targets.valid, num_points)
    labels = targets.sample(points)
    num_layers, num_queries = mask_logits.shape[:2]
    logits = sample_points(mask_logits.flatten(0, 1)[None], points[None])[0].float()

    cost = -class_weight * class_logits.flatten(0, 1).float().softmax(-1)[:, targets.labels]
    # BCE(x, t) = softplus(x) - x t: one matrix product gives it for every pair.
    cost += mask_weight * (F.softplus(logits).sum(-1, keepdim=True) - logits @ labels.T) / num_points
    probability = logits.sigmoid()
    overlap = 2 * probability @ labels.T + 1
    cost += dice_weight * (1 - overlap / (probability.sum(-1, keepdim=True) + labels.sum(-1) + 1))
    matches = [linear_sum_assignment(layer) for layer in cost.unflatten(0, (num_layers, num_queries)).cpu()]
    return [(torch.as_tensor(queries), torch.as_tensor(index)) for queries, index in matches]
