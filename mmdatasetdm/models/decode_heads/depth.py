"""The P-Decoder's depth form as a decode head of mmseg's DepthEstimator."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from mmdatasetdm.decoder import DenseDecoder, PixelDecoder
from mmdatasetdm.errors import UserError
from mmdatasetdm.models.depth_range import DepthRange
from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class DepthDecoderHead(BaseModule):
    """Pixel decoder, two convolutions, and a sigmoid that spans the range of depths (supp 3.3).

    The defaults are the paper's sizes for Stable Diffusion at 512 px.

    Args:
        in_channels: channels of the feature levels, finest first (DiffusionDepthEstimator fills it in).
        stride: stride of the finest level (DiffusionDepthEstimator fills it in).
        max_depth: metres at which the sigmoid ends: 10 for NYU, 80 for KITTI.
        min_depth: metres at which it begins; a depth of 0 has no logarithm.
        width, memory_levels, fine_widths, upsample, upsample_widths, normalize: see :class:`PixelDecoder`.
        hidden: see :class:`DenseDecoder`.
        silog_weight: weight of the loss.
        silog_lambda: how much of the mean error of the logarithm is forgiven: 0 nothing, 1 every common factor. The
            usual 0.5 learns the scale too.
    """

    align_corners = False

    def __init__(
        self,
        *,
        in_channels: Sequence[int],
        stride: int,
        max_depth: float = 10.0,
        min_depth: float = 1e-3,
        width: int = 256,
        memory_levels: int = 3,
        fine_widths: Sequence[int] | None = None,
        upsample: Sequence[float] = (2.5,),
        upsample_widths: Sequence[int] | None = None,
        normalize: bool = True,
        hidden: int | None = None,
        silog_weight: float = 1.0,
        silog_lambda: float = 0.5,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if not 0 < min_depth < max_depth:
            raise UserError(f'depths from {min_depth} to {max_depth} m: it must be 0 < min_depth < max_depth')
        if not 0 <= silog_lambda <= 1:
            raise UserError(f'silog_lambda is {silog_lambda}; it must be from 0 to 1')
        self.stride, self.out_channels, self.num_classes = stride, 1, 1
        self.min_depth, self.max_depth = min_depth, max_depth
        self.silog_weight, self.silog_lambda = silog_weight, silog_lambda
        self.labels = DepthRange(max_depth=max_depth)
        pixel_decoder = PixelDecoder(
            in_channels=in_channels,
            width=width,
            memory_levels=memory_levels,
            fine_widths=fine_widths,
            upsample=upsample,
            upsample_widths=upsample_widths,
            normalize=normalize,
        )
        self.decoder = DenseDecoder(pixel_decoder=pixel_decoder, outputs=1, hidden=hidden)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Depth (B, 1, h, w) in metres at the decoder's own size."""
        share = self.decoder(features).float().sigmoid()
        return self.min_depth + (self.max_depth - self.min_depth) * share

    def predict_depth(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        """Depth (B, 1, H, W) in metres at ``image_size``."""
        return F.interpolate(self(features), size=image_size, mode='bilinear', align_corners=False)

    def predict(self, features: Sequence[Tensor], batch_img_metas: list[dict], test_cfg: dict | None) -> Tensor:
        """The same at the size of the images that went into the backbone."""
        height, width = features[0].shape[-2:]
        return self.predict_depth(features, (height * self.stride, width * self.stride))

    def loss(self, features: Sequence[Tensor], batch_data_samples: list, train_cfg: dict | None) -> dict[str, Tensor]:
        """SiLog over the pixels with a depth between 0 and ``max_depth`` of samples that hold ``gt_depth_map``."""
        target = torch.stack([sample.gt_depth_map.data.float() for sample in batch_data_samples])
        self.labels.check(target, batch_data_samples)
        predicted = self.predict_depth(features, target.shape[-2:])
        loss = silog(predicted, target, mixing=self.silog_lambda, max_depth=self.max_depth)
        return {'loss_silog': self.silog_weight * loss}


def silog(predicted: Tensor, target: Tensor, *, mixing: float, max_depth: float) -> Tensor:
    """sqrt(mean(g^2) - mixing * mean(g)^2) of g = log(predicted) - log(target), the mean over the batch's images.

    mmseg's SiLogLoss is the same with ``mixing`` 0.5, but its gradient is infinite where the prediction is perfect and
    an image without a valid pixel counts as perfect.

    Args:
        predicted: (B, 1, H, W), above 0.
        target: (B, 1, H, W), metres; 0, and what lies beyond ``max_depth``, does not count.
        mixing: lambda of the loss.
        max_depth: metres.
    """
    valid = (target > 0) & (target <= max_depth)
    error = torch.where(valid, predicted.log() - target.clamp(min=1e-6).log(), 0.0).flatten(1)
    count = valid.flatten(1).sum(1)
    mean = error.sum(1) / count.clamp(min=1)
    square = error.square().sum(1) / count.clamp(min=1)
    losses = (square - mixing * mean.square()).clamp(min=0).add(1e-8).sqrt() * (count > 0)
    return losses.sum() / (count > 0).sum().clamp(min=1)
