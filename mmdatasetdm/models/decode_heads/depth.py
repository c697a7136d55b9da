"""The decoder of depth as a decode head of mmseg's DepthEstimator."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mmdatasetdm.decoder import DenseDecoder
from mmdatasetdm.errors import UserError
from mmdatasetdm.models.build import build_module
from mmdatasetdm.models.decode_heads.base import DepthHead
from mmdatasetdm.models.depth_range import DepthRange
from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class DepthDecoderHead(DepthHead):
    """Pixel decoder, two convolutions, and a sigmoid that spans the range of depths (DatasetDM supp. 3.3).

    Args:
        in_channels: channels of the feature levels, finest first (DiffusionDepthEstimator fills it in).
        stride: stride of the finest level (DiffusionDepthEstimator fills it in).
        pixel_decoder: config of a :class:`PixelDecoder`.
        loss: config of a :class:`SiLogCriterion`.
        max_depth: metres at which the sigmoid ends: 10 for NYU, 80 for KITTI.
        min_depth: metres at which it begins; a depth of 0 has no logarithm.
        hidden_channels: see :class:`DenseDecoder`.
    """

    def __init__(
        self,
        *,
        in_channels: Sequence[int],
        stride: int,
        pixel_decoder: dict,
        loss: dict,
        max_depth: float = 10.0,
        min_depth: float = 1e-3,
        hidden_channels: int | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(stride=stride, init_cfg=init_cfg)
        if not 0 < min_depth < max_depth:
            raise UserError(f'depths from {min_depth} to {max_depth} m: it must be 0 < min_depth < max_depth')
        self.min_depth, self.max_depth = min_depth, max_depth
        self.labels = DepthRange(max_depth=max_depth)
        self.decoder = DenseDecoder(
            pixel_decoder=build_module(pixel_decoder, path='pixel_decoder', in_channels=in_channels),
            out_channels=1,
            hidden_channels=hidden_channels,
        )
        self.criterion = build_module(loss, path='loss', max_depth=max_depth)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Depth (B, 1, h, w) in metres at the decoder's own size."""
        fraction = self.decoder(features).float().sigmoid()
        return self.min_depth + (self.max_depth - self.min_depth) * fraction

    def predict_depth(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        """Depth (B, 1, H, W) in metres at ``image_size``."""
        return F.interpolate(self(features), size=image_size, mode='bilinear', align_corners=False)

    def loss(self, features: Sequence[Tensor], batch_data_samples: list, train_cfg: dict | None) -> dict[str, Tensor]:
        """The loss over the pixels with a depth between 0 and ``max_depth`` of samples that hold ``gt_depth_map``."""
        target = torch.stack([sample.gt_depth_map.data.float() for sample in batch_data_samples])
        self.labels.check(target, batch_data_samples)
        height, width = target.shape[-2:]
        return self.criterion(self.predict_depth(features, (height, width)), target)
