"""The transformer decoder of supp 3.2, after Mask2Former: queries that read the image where their own mask says."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmdatasetdm.errors import UserError


class Predictions(NamedTuple):
    """What every layer predicts, the initial prediction first.

    class_logits: (L, B, Q, classes + 1), the last class is "no object".
    mask_logits: (L, B, Q, H, W) at the size of the pixel embedding.
    """

    class_logits: Tensor
    mask_logits: Tensor


def sine_positions(*, height: int, width: int, channels: int, device: torch.device) -> Tensor:
    """Sine position encoding of a map, half of the channels for rows and half for columns: (H * W, channels)."""
    frequencies = 10000 ** (-torch.arange(channels // 4, device=device) / (channels // 4))
    halves = []
    for size in (height, width):
        angle = (torch.arange(size, device=device) + 0.5) / size * 2 * math.pi
        angle = angle[:, None] * frequencies
        halves.append(torch.cat([angle.sin(), angle.cos()], dim=1))
    rows = halves[0][:, None].expand(height, width, -1)
    columns = halves[1][None].expand(height, width, -1)
    return torch.cat([rows, columns], dim=-1).flatten(0, 1)


class QueryLayer(nn.Module):
    """Masked cross-attention, self-attention, feed-forward; each with its residual and a norm after it."""

    def __init__(self, *, width: int, heads: int, feedforward: int) -> None:
        super().__init__()
        self.cross_attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.self_attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.feedforward = nn.Sequential(
            nn.Linear(width, feedforward), nn.ReLU(inplace=True), nn.Linear(feedforward, width)
        )
        self.cross_norm, self.self_norm, self.feedforward_norm = (nn.LayerNorm(width) for _ in range(3))

    def forward(self, queries: Tensor, places: Tensor, memory: Tensor, positions: Tensor, blocked: Tensor) -> Tensor:
        """queries, places (B, Q, D); memory (B, N, D); positions (N, D); blocked (B * heads, Q, N) -> (B, Q, D)."""
        read, _ = self.cross_attention(
            queries + places, memory + positions, memory, attn_mask=blocked, need_weights=False
        )
        queries = self.cross_norm(queries + read)
        placed = queries + places
        shared, _ = self.self_attention(placed, placed, queries, need_weights=False)
        queries = self.self_norm(queries + shared)
        return self.feedforward_norm(queries + self.feedforward(queries))


class QueryDecoder(nn.Module):
    """A stack of :class:`QueryLayer` with a class and a mask prediction before the first and after every layer.

    Args:
        classes: number of classes without "no object".
        width: width D of queries and memory.
        mask_width: width of the per-pixel embedding.
        queries: number Q of queries.
        layers: number of layers; layers + 1 predictions are made.
        heads: attention heads.
        feedforward: hidden width of the feed-forward blocks.
        memory_levels: number of memory maps, visited in turn from the coarsest.
    """

    def __init__(
        self,
        *,
        classes: int,
        width: int = 256,
        mask_width: int = 256,
        queries: int = 100,
        layers: int = 9,
        heads: int = 8,
        feedforward: int = 2048,
        memory_levels: int = 3,
    ) -> None:
        super().__init__()
        if width % heads or width % 4:
            raise UserError(f'width {width} must be a multiple of 4 and of the {heads} heads')
        self.width, self.heads = width, heads
        self.query_features = nn.Embedding(queries, width)
        self.query_places = nn.Embedding(queries, width)
        self.level_embedding = nn.Embedding(memory_levels, width)
        self.layers = nn.ModuleList(
            QueryLayer(width=width, heads=heads, feedforward=feedforward) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)
        self.classifier = nn.Linear(width, classes + 1)
        self.mask_embedding = nn.Sequential(
            nn.Linear(width, width),
            nn.ReLU(inplace=True),
            nn.Linear(width, width),
            nn.ReLU(inplace=True),
            nn.Linear(width, mask_width),
        )
        for parameter in self.layers.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)

    def forward(self, pixels: Tensor, memory: Sequence[Tensor], *, queries: Tensor | None = None) -> Predictions:
        """
        Args:
            pixels: per-pixel embedding (B, mask_width, H, W).
            memory: maps (B, D, h, w), coarsest first.
            queries: (B, Q, D) in place of the learnt ones.
        """
        batch = pixels.shape[0]
        keys, positions = [], []
        for level, level_embedding in zip(memory, self.level_embedding.weight, strict=True):
            keys.append(level.flatten(2).transpose(1, 2) + level_embedding)
            height, width = level.shape[-2:]
            positions.append(sine_positions(height=height, width=width, channels=self.width, device=level.device))
        if queries is None:
            queries = self.query_features.weight.expand(batch, -1, -1)
        places = self.query_places.weight.expand(batch, -1, -1)

        predictions = [self._predict(queries, pixels)]
        for index, layer in enumerate(self.layers):
            level = index % len(memory)
            blocked = self._blocked(predictions[-1][1], memory[level].shape[-2:])
            queries = layer(queries, places, keys[level], positions[level], blocked)
            predictions.append(self._predict(queries, pixels))
        return Predictions(*(torch.stack(parts) for parts in zip(*predictions, strict=True)))

    def _predict(self, queries: Tensor, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(B, Q, D) -> class logits (B, Q, classes + 1), mask logits (B, Q, H, W)."""
        queries = self.norm(queries)
        masks = torch.einsum('bqc,bchw->bqhw', self.mask_embedding(queries), pixels)
        return self.classifier(queries), masks

    @torch.no_grad()
    def _blocked(self, masks: Tensor, size: tuple[int, int]) -> Tensor:
        """Where a query must not look: outside its own mask, unless that is empty. -> bool (B * heads, Q, h * w)."""
        outside = F.interpolate(masks, size=size, mode='bilinear', align_corners=False).flatten(2) < 0
        outside &= ~outside.all(dim=-1, keepdim=True)
        return outside.repeat_interleave(self.heads, dim=0)
