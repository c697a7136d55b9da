"""Queries made of class names (supp 3.1): a decoder for names that are given when images are labelled."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmdatasetdm.decoder.pixel_decoder import PixelDecoder
from mmdatasetdm.decoder.transformer_decoder import Predictions, QueryDecoder


class TextQueryDecoder(nn.Module):
    """Feature pyramid and names -> the masks of each name.

    A name's embedding is repeated for each of the learnable queries, put beside them, and a multi-layer perceptron
    fuses the two (supp 3.1). The queries of one name do not see those of another, so what is found for a name does not
    depend on which others are asked for.

    Args:
        pixel_decoder: its ``out_width`` is the query decoder's ``mask_width``.
        query_decoder: of one class, "there"; its ``width`` is the pixel decoder's.
        text_width: width of the names' embeddings.
    """

    def __init__(self, *, pixel_decoder: PixelDecoder, query_decoder: QueryDecoder, text_width: int) -> None:
        super().__init__()
        self.pixel_decoder = pixel_decoder
        self.query_decoder = query_decoder
        width = query_decoder.width
        self.norm = nn.LayerNorm(text_width)
        self.fuse = nn.Sequential(
            nn.Linear(text_width + width, 2 * width), nn.ReLU(inplace=True), nn.Linear(2 * width, width)
        )

    def forward(self, features: Sequence[Tensor], names: Tensor, images: Tensor) -> Predictions:
        """
        Args:
            features: levels (B, C_i, H_i, W_i), finest first.
            names: embeddings (N, text_width) of the names that are asked for.
            images: (N,), the image in which each is looked for.

        Returns:
            predictions of N "images" with the queries of one name each, two classes: there, and not there.
        """
        pixels, memory = self.pixel_decoder(features)
        learnt = self.query_decoder.query_features.weight
        text = self.norm(names)[:, None].expand(-1, len(learnt), -1)
        queries = self.fuse(torch.cat([text, learnt.expand(len(names), -1, -1)], dim=-1))
        return self.query_decoder(pixels[images], [level[images] for level in memory], queries=queries)


def name_scores(class_logits: Tensor, mask_logits: Tensor, *, size: tuple[int, int]) -> Tensor:
    """How much each pixel is of each name: the greatest p(there | q) * sigmoid(mask_q) of its queries.

    Args:
        class_logits: (N, Q, 2), of one layer.
        mask_logits: (N, Q, h, w).
        size: height and width of the result.

    Returns:
        (N, H, W), 0 to 1.
    """
    masks = F.interpolate(mask_logits.float(), size=size, mode='bilinear', align_corners=False).sigmoid()
    there = class_logits.float().softmax(-1)[..., 0]
    return (there[..., None, None] * masks).amax(dim=1)


def class_probabilities(scores: Tensor, images: Tensor, classes: Tensor, *, batch: int, num_classes: int) -> Tensor:
    """Scores of names -> probabilities of classes; what no name claims is left to the first class without a name.

    Args:
        scores: (N, H, W), of :func:`name_scores`.
        images: (N,), the image of each.
        classes: (N,), the class id of each.
        batch: number of images.
        num_classes: number of classes; id 0 is the background.

    Returns:
        (batch, num_classes, H, W); sums to 1 over the classes.
    """
    found = scores.new_zeros(batch, num_classes, *scores.shape[-2:])
    found[images, classes] = scores
    found[:, 0] = (1 - found[:, 1:]).prod(dim=1)
    return found / found.sum(1, keepdim=True).clamp(min=1e-6)
