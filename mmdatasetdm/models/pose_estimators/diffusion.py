"""The P-Decoder's pose form in mmpose: heat maps of the whole image from a generator's features (supp 3.3).

Not imported with the package: it needs mmpose (configs name it in custom_imports).
"""

from collections.abc import Sequence

import numpy as np
import torch
from mmengine.model import BaseModule
from mmpose.models import TopdownPoseEstimator
from torch import Tensor

from mmdatasetdm.decoder import PixelDecoder
from mmdatasetdm.models.conditioning.own_text import ReadsOwnText
from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class PixelDecoderNeck(BaseModule):
    """The pixel decoder before any stock head: a feature pyramid becomes one map.

    Args:
        in_channels: channels of the feature levels, finest first (DiffusionPoseEstimator fills it in).
        width, memory_levels, fine_widths, upsample, upsample_widths, normalize: see :class:`PixelDecoder`.
    """

    def __init__(
        self,
        *,
        in_channels: Sequence[int],
        width: int = 256,
        memory_levels: int = 3,
        fine_widths: Sequence[int] | None = None,
        upsample: Sequence[float] = (2.5,),
        upsample_widths: Sequence[int] | None = None,
        normalize: bool = True,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.pixel_decoder = PixelDecoder(
            in_channels=in_channels,
            width=width,
            memory_levels=memory_levels,
            fine_widths=fine_widths,
            upsample=upsample,
            upsample_widths=upsample_widths,
            normalize=normalize,
        )

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor]:
        """Levels (B, C_i, H_i, W_i), finest first -> ((B, out, H, W),)."""
        pixels, _ = self.pixel_decoder(features)
        return (pixels.relu(),)


def inside(heatmaps: Tensor, box: Sequence[float] | None, scale: Sequence[float]) -> Tensor:
    """Heat maps (K, h, w) with 0 outside of a box (x1, y1, x2, y2) in input pixels; ``scale``: of those to the maps."""
    if box is None:
        return heatmaps
    height, width = heatmaps.shape[-2:]
    left, top, right, bottom = (value / scale[i % 2] for i, value in enumerate(box))
    kept = torch.zeros_like(heatmaps[0])
    columns = slice(min(max(int(left), 0), width - 1), max(int(np.ceil(right)) + 1, 1))
    rows = slice(min(max(int(top), 0), height - 1), max(int(np.ceil(bottom)) + 1, 1))
    kept[rows, columns] = 1
    return heatmaps * kept


@MODELS.register_module()
class DiffusionPoseEstimator(ReadsOwnText, TopdownPoseEstimator):
    """mmpose's TopdownPoseEstimator on a generator's features; its neck takes ``in_channels`` from the backbone.

    Args:
        backbone: config of a DiffusionFeatureBackbone.
        neck: config of a PixelDecoderNeck.
        head: config of any heat-map head of mmpose.
        train_cfg, test_cfg, data_preprocessor, init_cfg: as of TopdownPoseEstimator.
    """

    def __init__(
        self,
        *,
        backbone: dict,
        neck: dict,
        head: dict,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            backbone=backbone,
            head=head,
            train_cfg=train_cfg,
            test_cfg=test_cfg,
            data_preprocessor=data_preprocessor,
            init_cfg=init_cfg,
        )
        self.neck = MODELS.build({'in_channels': self.backbone.out_channels, **neck})

    @property
    def decode_head(self) -> 'DiffusionPoseEstimator':
        """What labels features, under the name that it has in the other models of this package."""
        return self

    @property
    def codec(self) -> object:
        """mmpose's codec: what reads joints from heat maps."""
        return self.head.decoder

    def predict_heatmaps(self, features: Sequence[Tensor]) -> Tensor:
        """Heat maps (B, K, h, w) of features."""
        return self.head(self.neck(features))

    def extract_feat(self, inputs: Tensor) -> tuple[Tensor]:
        """The neck's map of images (B, 3, H, W), read with the texts of the batch."""
        return self.neck(self.backbone(inputs, self._texts))  # a test with flipped images asks twice

    def predict(self, inputs: Tensor, data_samples: list) -> list:
        """Data samples with ``pred_instances``, as TopdownPoseEstimator's."""
        self.read([sample.metainfo for sample in data_samples])
        return super().predict(inputs, data_samples)
