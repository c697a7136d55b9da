"""The dense decoder of supp 3.3: the pixel decoder and two convolutions, for depth and for heat maps."""

from collections.abc import Sequence

from torch import Tensor, nn

from mmdatasetdm.decoder.pixel_decoder import PixelDecoder


class DenseDecoder(nn.Module):
    """Feature pyramid -> one map per output; no transformer (supp 3.3).

    Args:
        pixel_decoder: no part of it is changed.
        outputs: number of maps: 1 for depth, one a joint for pose.
        hidden: channels between the two convolutions; those of the pixel decoder's embedding when None.
    """

    def __init__(self, *, pixel_decoder: PixelDecoder, outputs: int, hidden: int | None = None) -> None:
        super().__init__()
        self.pixel_decoder = pixel_decoder
        width = pixel_decoder.out_width
        hidden = width if hidden is None else hidden
        self.head = nn.Sequential(
            nn.ReLU(inplace=True),
            nn.Conv2d(width, hidden, 3, padding=1, padding_mode='replicate'),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, outputs, 3, padding=1, padding_mode='replicate'),
        )

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """features: levels (B, C_i, H_i, W_i), finest first. -> (B, outputs, H, W) at the embedding's size."""
        pixels, _ = self.pixel_decoder(features)
        return self.head(pixels)
