"""The dense decoder (DatasetDM supp. 3.3): the pixel decoder and two convolutions, for depth."""

from collections.abc import Sequence

from torch import Tensor, nn

from mmdatasetdm.decoder.pixel_decoder import PixelDecoder


class DenseDecoder(nn.Module):
    """Feature pyramid -> maps; no transformer (DatasetDM supp. 3.3).

    Args:
        pixel_decoder: whose per-pixel embedding the convolutions read.
        out_channels: number of maps: 1 for depth.
        hidden_channels: channels between the two convolutions; those of the per-pixel embedding when None.
    """

    def __init__(self, *, pixel_decoder: PixelDecoder, out_channels: int, hidden_channels: int | None = None) -> None:
        super().__init__()
        self.pixel_decoder = pixel_decoder
        channels = pixel_decoder.out_channels
        hidden_channels = channels if hidden_channels is None else hidden_channels
        self.head = nn.Sequential(
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, hidden_channels, 3, padding=1, padding_mode='replicate'),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden_channels, out_channels, 3, padding=1, padding_mode='replicate'),
        )

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Levels (B, C_i, H_i, W_i), finest first -> (B, out_channels, H, W) at the size of the embedding."""
        pixels, _ = self.pixel_decoder(features)
        return self.head(pixels)
