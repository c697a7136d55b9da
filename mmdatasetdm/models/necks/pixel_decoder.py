"""The pixel decoder as a neck, before any stock head."""

from collections.abc import Sequence

from mmengine.model import BaseModule
from torch import Tensor

from mmdatasetdm.models.build import build_module
from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class PixelDecoderNeck(BaseModule):
    """A feature pyramid becomes one map.

    Args:
        in_channels: channels of the feature levels, finest first (DiffusionPoseEstimator fills it in).
        pixel_decoder: config of a :class:`PixelDecoder`.
    """

    def __init__(self, *, in_channels: Sequence[int], pixel_decoder: dict, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        self.pixel_decoder = build_module(pixel_decoder, path='pixel_decoder', in_channels=in_channels)

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor]:
        """Levels (B, C_i, H_i, W_i), finest first -> ((B, out_channels, H, W),)."""
        pixels, _ = self.pixel_decoder(features)
        return (pixels.relu(),)
