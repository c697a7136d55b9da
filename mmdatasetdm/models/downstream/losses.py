"""A loss for stock models on images that are mostly background."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class WeightedCrossEntropyLoss(nn.Module):
    """Cross-entropy with a weight for each class: sum(w[y] * -log p[y]) / sum(w[y]) over the kept pixels.

    mmseg's CrossEntropyLoss is the same without weights. With weights it fails on ignored pixels, which generated
    labels have: upstream always, the maintained family with ``avg_non_ignore``.

    Args:
        class_weight: one weight for each class.
        loss_weight: factor of the whole.
        loss_name: name in the log; begins with ``loss`` so that it is added up.
    """

    class_weight: Tensor

    def __init__(self, *, class_weight: Sequence[float], loss_weight: float = 1.0, loss_name: str = 'loss_ce') -> None:
        super().__init__()
        self.register_buffer('class_weight', torch.tensor(class_weight, dtype=torch.float32), persistent=False)
        self.loss_weight = loss_weight
        self.loss_name = loss_name

    def forward(self, logits: Tensor, labels: Tensor, weight: Tensor | None = None, ignore_index: int = 255) -> Tensor:
        """A scalar; 0 where every pixel is ignored.

        Args:
            logits: (B, C, H, W).
            labels: (B, H, W), class ids.
            weight: (B, H, W), of each pixel, from a pixel sampler; None is 1.
            ignore_index: id of the pixels that do not count.
        """
        losses = functional.cross_entropy(
            logits, labels, weight=self.class_weight, ignore_index=ignore_index, reduction='none'
        )
        kept = labels != ignore_index
        total = (self.class_weight[labels.masked_fill(~kept, 0)] * kept).sum()
        if weight is not None:
            losses = losses * weight
        return self.loss_weight * losses.sum() / total.clamp(min=torch.finfo(torch.float32).eps)
