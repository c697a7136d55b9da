"""The P-Decoder: pixel decoder, and on it either the query decoder of the paper or a classifier of pixels."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmdatasetdm.decoder.pixel_decoder import PixelDecoder
from mmdatasetdm.decoder.query_decoder import Predictions, QueryDecoder


class PDecoder(nn.Module):
    """Feature pyramid -> masks and their classes (supp 3.2).

    Args:
        pixel_decoder: its ``out_width`` is the query decoder's ``mask_width``.
        query_decoder: its ``width`` is the pixel decoder's.
    """

    def __init__(self, *, pixel_decoder: PixelDecoder, query_decoder: QueryDecoder) -> None:
        super().__init__()
        self.pixel_decoder = pixel_decoder
        self.query_decoder = query_decoder

    def forward(self, features: Sequence[Tensor]) -> Predictions:
        """features: levels (B, C_i, H_i, W_i), finest first."""
        return self.query_decoder(*self.pixel_decoder(features))


class PixelClassifier(nn.Module):
    """Feature pyramid -> class logits of every pixel; the pixel decoder alone, for when labels are very few.

    Args:
        pixel_decoder: no part of it is changed.
        classes: number of classes.
    """

    def __init__(self, *, pixel_decoder: PixelDecoder, classes: int) -> None:
        super().__init__()
        self.pixel_decoder = pixel_decoder
        self.classifier = nn.Conv2d(pixel_decoder.out_width, classes, 1)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """features: levels (B, C_i, H_i, W_i), finest first. -> (B, classes, H, W) at the embedding's size."""
        pixels, _ = self.pixel_decoder(features)
        return self.classifier(pixels.relu())


def semantic_probabilities(class_logits: Tensor, mask_logits: Tensor, *, size: tuple[int, int]) -> Tensor:
    """Mask2Former's semantic inference, normalised: p(c | pixel) ~ sum over queries of p(c | q) * sigmoid(mask_q).

    Args:
        class_logits: (B, Q, classes + 1), of one layer.
        mask_logits: (B, Q, h, w).
        size: height and width of the result.

    Returns:
        (B, classes, H, W); sums to 1 over the classes.
    """
    masks = F.interpolate(mask_logits.float(), size=size, mode='bilinear', align_corners=False).sigmoid()
    classes = class_logits.float().softmax(-1)[..., :-1]
    scores = torch.einsum('bqc,bqhw->bchw', classes, masks)
    return scores / scores.sum(1, keepdim=True).clamp(min=1e-6)
