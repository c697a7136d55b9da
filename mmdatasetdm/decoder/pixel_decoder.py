"""The pixel decoder (DatasetDM supp. 3.2): from a feature pyramid to one embedding a pixel."""

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, distributed, nn

from mmdatasetdm.errors import UserError


class FeatureNorm(nn.Module):
    """Standardise every channel with running statistics, in training and in evaluation alike.

    The taps of a diffusion U-Net differ in scale by orders of magnitude, and one learning rate cannot suit them all.
    Batch statistics would make a label depend on its neighbours in the batch, so the running ones are used always; they
    are the plain average over the first ``warmup`` training batches and fixed afterwards. In a distributed training a
    batch is that of all processes together, so that all of them have the same statistics.

    Args:
        channels: number of channels C.
        warmup: training batches that enter the statistics.

    Shape: (B, C, H, W) -> (B, C, H, W).
    """

    mean: Tensor
    square: Tensor
    batches: Tensor

    def __init__(self, *, channels: int, warmup: int = 100) -> None:
        super().__init__()
        self.warmup = warmup
        self.register_buffer('mean', torch.zeros(channels))
        self.register_buffer('square', torch.ones(channels))
        self.register_buffer('batches', torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def _update(self, features: Tensor) -> None:
        weight = 1.0 / (self.batches.item() + 1)
        moments = torch.stack([features.mean(dim=(0, 2, 3)), features.square().mean(dim=(0, 2, 3))]).to(self.mean)
        if distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1:
            # wrappers such as mmengine's leave the buffers of each process as they are; images may differ in size
            pixels = moments.new_tensor(features[:, 0].numel())
            moments *= pixels
            distributed.all_reduce(moments)
            distributed.all_reduce(pixels)
            moments /= pixels
        self.mean.lerp_(moments[0], weight)
        self.square.lerp_(moments[1], weight)
        self.batches += 1

    def forward(self, features: Tensor) -> Tensor:
        if self.training and self.batches < self.warmup:
            self._update(features)
        scale = (self.square - self.mean.square()).clamp(min=1e-6).rsqrt()
        return (features - self.mean[:, None, None]) * scale[:, None, None]


class MixConv(nn.Sequential):
    """Two 3x3 convolutions that blend what was concatenated (DatasetDM supp. 3.2). (B, in, H, W) -> (B, out, H, W).

    The border is repeated outwards. Zeros there are a frame that a decoder has to learn away: after few iterations the
    mean depth along the four sides of a map still swings by half a metre and more. They also tell a decoder where it
    is, which helps a little where the camera never moves (docs/findings.md).
    """

    def __init__(self, *, in_channels: int, out_channels: int) -> None:
        layers: list[nn.Module] = []
        for channels in (in_channels, out_channels):
            layers += [
                nn.Conv2d(channels, out_channels, 3, padding=1, padding_mode='replicate', bias=False),
                nn.GroupNorm(_groups(out_channels), out_channels),
                nn.ReLU(inplace=True),
            ]
        super().__init__(*layers)


def _groups(channels: int) -> int:
    """The most groups, at most 32, that divide ``channels`` with four channels or more in each."""
    return next(groups for groups in range(min(32, max(channels // 4, 1)), 0, -1) if channels % groups == 0)


class PixelDecoder(nn.Module):
    """1x1 conv, linear upsample, concat with the finer level, mix-conv; level by level (DatasetDM supp. 3.2).

    Args:
        in_channels: channels of the pyramid's levels, finest first.
        feat_channels: channels of every level of the pyramid that the transformer decoder attends to.
        num_memory_levels: how many of the coarsest levels these are.
        fine_channels: channels of the finer levels, finest first; ``feat_channels`` when None.
        upsample: scale factors of further upsamplings after the finest level, each with its own mix-conv. (2.5,) takes
            Stable Diffusion's 64x64 to 160x160, about a third of a 512 px image.
        upsample_channels: channels after each of them; those of the finest level when None.
        normalize: standardise the features first (:class:`FeatureNorm`; not in the paper).

    Attributes:
        out_channels: channels of the per-pixel embedding.
    """

    def __init__(
        self,
        *,
        in_channels: Sequence[int],
        feat_channels: int = 256,
        num_memory_levels: int = 3,
        fine_channels: Sequence[int] | None = None,
        upsample: Sequence[float] = (2.5,),
        upsample_channels: Sequence[int] | None = None,
        normalize: bool = True,
    ) -> None:
        super().__init__()
        num_levels = len(in_channels)
        if not 1 <= num_memory_levels <= num_levels:
            raise UserError(f'num_memory_levels is {num_memory_levels}, but the features have {num_levels} levels')
        num_fine_levels = num_levels - num_memory_levels
        fine = [feat_channels] * num_fine_levels if fine_channels is None else list(fine_channels)
        if len(fine) != num_fine_levels:
            raise UserError(
                f'fine_channels has {len(fine)} numbers, but {num_fine_levels} of the {num_levels} levels are finer '
                f'than the {num_memory_levels} memory levels'
            )
        channels = [*fine, *[feat_channels] * num_memory_levels]
        upsampled = [channels[0]] * len(upsample) if upsample_channels is None else list(upsample_channels)
        if len(upsample) != len(upsampled):
            raise UserError(
                f'upsample has {len(upsample)} steps but upsample_channels {len(upsampled)} numbers: give one for each'
            )
        self.in_channels = tuple(in_channels)
        self.feat_channels = feat_channels
        self.num_memory_levels = num_memory_levels
        self.upsample = tuple(upsample)
        self.out_channels = upsampled[-1] if upsampled else channels[0]
        self.norms = nn.ModuleList(FeatureNorm(channels=c) if normalize else nn.Identity() for c in in_channels)
        self.projections = nn.ModuleList(
            nn.Sequential(nn.Conv2d(before, after, 1, bias=False), nn.GroupNorm(_groups(after), after))
            for before, after in zip(in_channels, channels, strict=True)
        )
        # From the coarsest level to the finest, and on.
        self.mixers = nn.ModuleList(
            MixConv(in_channels=coarse + fine, out_channels=fine) for fine, coarse in reversed(list(pairwise(channels)))
        )
        self.upsamplers = nn.ModuleList(
            MixConv(in_channels=before, out_channels=after) for before, after in pairwise([channels[0], *upsampled])
        )
        self.embedding = nn.Conv2d(self.out_channels, self.out_channels, 1)

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """
        Args:
            features: levels (B, C_i, H_i, W_i), finest first.

        Returns:
            the per-pixel embedding (B, out_channels, H, W), and ``num_memory_levels`` maps (B, feat_channels, h, w),
            coarsest first.
        """
        self._check(features)
        levels = [
            project(norm(level)) for project, norm, level in zip(self.projections, self.norms, features, strict=True)
        ]
        merged = levels[-1]
        memory = [merged]
        for level, mixer in zip(reversed(levels[:-1]), self.mixers, strict=True):
            coarse = F.interpolate(merged, size=level.shape[-2:], mode='bilinear', align_corners=False)
            merged = mixer(torch.cat([coarse, level], dim=1))
            memory.append(merged)
        for factor, mixer in zip(self.upsample, self.upsamplers, strict=True):
            merged = mixer(F.interpolate(merged, scale_factor=factor, mode='bilinear', align_corners=False))
        return self.embedding(merged), memory[: self.num_memory_levels]

    def _check(self, features: Sequence[Tensor]) -> None:
        found = tuple(int(level.shape[1]) for level in features)  # under torch.jit they are tensors
        if found != self.in_channels:
            raise UserError(
                f'the decoder was built for features of {self.in_channels} channels (finest level first) but got '
                f'{found}: use the generator, the class_phrases and with_uncond of its config'
            )
