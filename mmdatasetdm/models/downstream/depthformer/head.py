"""The DenseDepth head: from the coarsest level up, each step upsampled, concatenated and convolved twice."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmdatasetdm.errors import UserError
from mmdatasetdm.models.depth_range import DepthRange
from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class DenseDepthHead(BaseModule):
    """A decode head for mmseg's DepthEstimator.

    Args:
        channels: of the five levels, finest first; each step keeps those of its level.
        max_depth: metres; predictions are clamped to it in tests.
        min_depth: metres added to the ReLU of the last convolution.
        loss_weight: weight of :func:`sig_loss`.
        slope: of the leaky ReLU.
    """

    align_corners = True

    def __init__(
        self,
        *,
        channels: Sequence[int],
        max_depth: float,
        min_depth: float = 1e-3,
        loss_weight: float = 1.0,
        slope: float = 0.01,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if not 0 < min_depth < max_depth:
            raise UserError(f'depths from {min_depth} to {max_depth} m: it must be 0 < min_depth < max_depth')
        self.min_depth, self.max_depth, self.loss_weight = min_depth, max_depth, loss_weight
        self.out_channels = self.num_classes = 1
        self.labels = DepthRange(max_depth=max_depth)
        *finer, coarsest = channels
        self.start = nn.Conv2d(coarsest, coarsest, 1)
        self.steps = nn.ModuleList()
        below = coarsest
        for width in reversed(finer):
            self.steps.append(
                nn.Sequential(
                    nn.Conv2d(below + width, width, 3, padding=1),
                    nn.LeakyReLU(slope, inplace=True),
                    nn.Conv2d(width, width, 3, padding=1),
                    nn.LeakyReLU(slope, inplace=True),
                )
            )
            below = width
        self.predictor = nn.Conv2d(below, 1, 3, padding=1)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Maps (B, channels_i, H_i, W_i), finest first -> depth (B, 1, H_0, W_0) in metres."""
        *finer, coarsest = features
        merged = self.start(coarsest)
        for step, level in zip(self.steps, reversed(finer), strict=True):
            merged = F.interpolate(merged, size=level.shape[-2:], mode='bilinear', align_corners=True)
            merged = step(torch.cat([merged, level], 1))
        return self.predictor(merged).relu() + self.min_depth

    def predict(self, features: Sequence[Tensor], batch_img_metas: list[dict], test_cfg: dict | None) -> Tensor:
        """Depth (B, 1, H, W) at the size of the images."""
        depth = F.interpolate(self(features), scale_factor=2, mode='bilinear', align_corners=True)
        return depth.clamp(max=self.max_depth)

    def loss(self, features: Sequence[Tensor], batch_data_samples: list, train_cfg: dict | None) -> dict[str, Tensor]:
        """The loss of samples that hold ``gt_depth_map``."""
        target = torch.stack([sample.gt_depth_map.data.float() for sample in batch_data_samples])
        self.labels.check(target, batch_data_samples)
        depth = F.interpolate(self(features).float(), size=target.shape[-2:], mode='bilinear', align_corners=True)
        return {'loss_depth': self.loss_weight * sig_loss(depth, target, max_depth=self.max_depth)}


def sig_loss(depth: Tensor, target: Tensor, *, max_depth: float) -> Tensor:
    """sqrt(var(g) + 0.15 mean(g)^2) of g = log(depth) - log(target) over the batch's valid pixels.

    Args:
        depth: (B, 1, H, W), above 0.
        target: (B, 1, H, W), metres; 0, and what lies beyond ``max_depth``, does not count.
        max_depth: metres.
    """
    valid = (target > 0) & (target <= max_depth)
    error = depth[valid].log() - target[valid].log()
    if error.numel() < 2:
        return depth.sum() * 0
    return (error.var() + 0.15 * error.mean().square() + 1e-8).sqrt()
