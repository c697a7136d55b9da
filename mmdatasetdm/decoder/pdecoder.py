"""The P-Decoder (DatasetDM supp. 3.2): the pixel decoder, and the transformer decoder on it."""

from collections.abc import Sequence

from torch import Tensor, nn

from mmdatasetdm.decoder.pixel_decoder import PixelDecoder
from mmdatasetdm.decoder.transformer_decoder import Predictions, TransformerDecoder


class PDecoder(nn.Module):
    """Feature pyramid -> masks and their classes (DatasetDM supp. 3.2).

    Args:
        pixel_decoder: its ``out_channels`` are the transformer decoder's ``mask_channels``.
        transformer_decoder: its ``feat_channels`` and ``num_memory_levels`` are the pixel decoder's.
    """

    def __init__(self, *, pixel_decoder: PixelDecoder, transformer_decoder: TransformerDecoder) -> None:
        super().__init__()
        self.pixel_decoder = pixel_decoder
        self.transformer_decoder = transformer_decoder

    def forward(self, features: Sequence[Tensor]) -> Predictions:
        """Levels (B, C_i, H_i, W_i), finest first -> the predictions of every layer."""
        return self.transformer_decoder(*self.pixel_decoder(features))
