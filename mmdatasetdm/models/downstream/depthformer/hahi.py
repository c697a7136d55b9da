"""HAHI: hierarchical aggregation and heterogeneous interaction of the transformer's and the stem's features."""

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmcv.ops import MultiScaleDeformableAttention
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmdatasetdm.decoder.transformer_decoder import sine_positions
from mmdatasetdm.registry import MODELS


def _conv(inputs: int, outputs: int, size: int) -> ConvModule:
    norm = {'type': 'BN', 'requires_grad': True}
    return ConvModule(inputs, outputs, size, padding=size // 2, norm_cfg=norm)


@MODELS.register_module()
class HAHINeck(BaseModule):
    """Deformable self-attention over the transformer's levels, then deformable cross-attention from the stem to them.

    Every level keeps its channels: what attention found is concatenated to it and blended by a 3x3 convolution.

    Args:
        channels: of the stem and of the transformer's levels, finest first.
        feat_channels: channels of the attention (256 for Swin-T, 512 for Swin-L).
        num_heads, num_points: of the deformable attention.
        dropout: after each attention.
    """

    def __init__(
        self,
        *,
        channels: Sequence[int],
        feat_channels: int = 256,
        num_heads: int = 8,
        num_points: int = 8,
        dropout: float = 0.1,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        stem, *levels = channels
        self.feat_channels = feat_channels
        self.lateral = nn.ModuleList(_conv(c, c, 1) for c in channels)
        self.project_levels = nn.ModuleList(_conv(c, feat_channels, 1) for c in levels)
        self.blend_levels = nn.ModuleList(_conv(c + feat_channels, c, 3) for c in levels)
        self.project_stem = _conv(stem, feat_channels, 1)
        self.blend_stem = _conv(stem + feat_channels, stem, 3)
        self.level_embed = nn.Parameter(torch.randn(len(levels), feat_channels))
        self.stem_reference = nn.Linear(feat_channels, 2)
        self.self_attention, self.cross_attention = (
            MultiScaleDeformableAttention(
                embed_dims=feat_channels,
                num_heads=num_heads,
                num_levels=len(levels),
                num_points=num_points,
                dropout=dropout,
                batch_first=True,
            )
            for _ in range(2)
        )

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Maps (B, channels_i, H_i, W_i) -> maps of the same shapes."""
        stem, *levels = (conv(level) for conv, level in zip(self.lateral, features, strict=True))
        projected = [conv(level) for conv, level in zip(self.project_levels, levels, strict=True)]
        sizes = [tuple(level.shape[-2:]) for level in projected]
        tokens = torch.cat([level.flatten(2).transpose(1, 2) for level in projected], 1)
        shapes = torch.tensor(sizes, device=tokens.device)
        layout = {
            'spatial_shapes': shapes,
            'level_start_index': torch.cat([shapes.new_zeros(1), shapes.prod(1).cumsum(0)[:-1]]),
        }
        query_pos = torch.cat(
            [self._positions(size, stem) + one for size, one in zip(sizes, self.level_embed, strict=True)]
        )
        grid = torch.cat([self._grid(size, stem) for size in sizes])
        references = grid[None, :, None].expand(len(stem), -1, len(sizes), -1)
        tokens = self.self_attention(
            tokens, query_pos=query_pos.expand_as(tokens), reference_points=references, **layout
        )

        query = self.project_stem(stem)
        height, width = query.shape[-2:]
        query = query.flatten(2).transpose(1, 2)
        query_pos = self._positions((height, width), stem)
        references = self.stem_reference(query_pos).sigmoid()[None, :, None].expand(len(stem), -1, len(sizes), -1)
        attended = self.cross_attention(
            query, value=tokens, query_pos=query_pos.expand_as(query), reference_points=references, **layout
        )
        outputs = [self.blend_stem(torch.cat([attended.transpose(1, 2).unflatten(2, (height, width)), stem], 1))]
        maps = tokens.split([h * w for h, w in sizes], 1)
        for blend, level, attended, size in zip(self.blend_levels, levels, maps, sizes, strict=True):
            outputs.append(blend(torch.cat([level, attended.transpose(1, 2).unflatten(2, size)], 1)))
        return tuple(outputs)

    def _positions(self, size: tuple[int, int], like: Tensor) -> Tensor:
        return sine_positions(height=size[0], width=size[1], channels=self.feat_channels, device=like.device).to(like)

    @staticmethod
    def _grid(size: tuple[int, int], like: Tensor) -> Tensor:
        """Centres of a map's pixels, x and y in [0, 1]: (H * W, 2)."""
        rows, columns = ((torch.arange(side, device=like.device) + 0.5) / side for side in size)
        y, x = torch.meshgrid(rows, columns, indexing='ij')
        return torch.stack([x, y], -1).flatten(0, 1).to(like)
