"""Queries made of class names (DatasetDM supp. 3.1): a decoder of any class names."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmdatasetdm.decoder.pixel_decoder import PixelDecoder
from mmdatasetdm.decoder.transformer_decoder import Predictions, TransformerDecoder


class TextQueryDecoder(nn.Module):
    """Feature pyramid and class names -> the masks of each name.

    A name's embedding is repeated for each of the learnable queries and concatenated with it, and a multi-layer
    perceptron fuses the two (DatasetDM supp. 3.1). The queries of one name do not attend to those of another, so the
    prediction for a name does not depend on the other names.

    Args:
        pixel_decoder: its ``out_channels`` are the transformer decoder's ``mask_channels``.
        transformer_decoder: of one class, "present"; its ``feat_channels`` are the pixel decoder's.
        text_channels: size of the names' embeddings.
    """

    def __init__(
        self, *, pixel_decoder: PixelDecoder, transformer_decoder: TransformerDecoder, text_channels: int
    ) -> None:
        super().__init__()
        self.pixel_decoder = pixel_decoder
        self.transformer_decoder = transformer_decoder
        channels = transformer_decoder.feat_channels
        self.norm = nn.LayerNorm(text_channels)
        self.fuse = nn.Sequential(
            nn.Linear(text_channels + channels, 2 * channels),
            nn.ReLU(inplace=True),
            nn.Linear(2 * channels, channels),
        )

    def forward(self, features: Sequence[Tensor], names: Tensor, images: Tensor) -> Predictions:
        """Predict the masks of N pairs of a name and an image.

        Args:
            features: levels (B, C_i, H_i, W_i), finest first.
            names: embeddings (N, text_channels) of the names.
            images: (N,), the index of the image for each.

        Returns:
            predictions of N "images" with the queries of one name each, and two classes: present, and "no object".
        """
        pixels, memory = self.pixel_decoder(features)
        learnt = self.transformer_decoder.query_feat.weight
        text = self.norm(names)[:, None].expand(-1, len(learnt), -1)
        query = self.fuse(torch.cat([text, learnt.expand(len(names), -1, -1)], dim=-1))
        return self.transformer_decoder(pixels[images], [level[images] for level in memory], query=query)
