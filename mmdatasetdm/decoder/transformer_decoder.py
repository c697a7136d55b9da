"""The transformer decoder (DatasetDM supp. 3.2), after Mask2Former: each query attends to the image inside its mask."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmdatasetdm.errors import UserError


class Predictions(NamedTuple):
    """What every layer predicts, the prediction before the first layer included.

    class_logits: (L, B, Q, num_classes + 1), the last class is "no object".
    mask_logits: (L, B, Q, H, W) at the size of the per-pixel embedding.
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


class TransformerDecoderLayer(nn.Module):
    """Masked cross-attention, self-attention, feed-forward; each with its residual and a norm after it."""

    def __init__(self, *, feat_channels: int, num_heads: int, feedforward_channels: int) -> None:
        super().__init__()
        self.cross_attention = nn.MultiheadAttention(feat_channels, num_heads, batch_first=True)
        self.self_attention = nn.MultiheadAttention(feat_channels, num_heads, batch_first=True)
        self.feedforward = nn.Sequential(
            nn.Linear(feat_channels, feedforward_channels),
            nn.ReLU(inplace=True),
            nn.Linear(feedforward_channels, feat_channels),
        )
        self.cross_norm, self.self_norm, self.feedforward_norm = (nn.LayerNorm(feat_channels) for _ in range(3))

    def forward(
        self, query: Tensor, query_pos: Tensor, memory: Tensor, memory_pos: Tensor, attn_mask: Tensor
    ) -> Tensor:
        """One layer, of Q queries on a map of N = H * W pixels.

        Args:
            query: (B, Q, C).
            query_pos: (B, Q, C).
            memory: (B, N, C).
            memory_pos: (N, C).
            attn_mask: (B * num_heads, Q, N) bool; True where a query must not attend.

        Returns:
            (B, Q, C).
        """
        attended, _ = self.cross_attention(
            query + query_pos, memory + memory_pos, memory, attn_mask=attn_mask, need_weights=False
        )
        query = self.cross_norm(query + attended)
        keys = query + query_pos
        attended, _ = self.self_attention(keys, keys, query, need_weights=False)
        query = self.self_norm(query + attended)
        return self.feedforward_norm(query + self.feedforward(query))


class TransformerDecoder(nn.Module):
    """A stack of :class:`TransformerDecoderLayer`, with a class and a mask prediction before the first and after each.

    Args:
        num_classes: number of classes without "no object".
        feat_channels: channels C of the queries and of the memory.
        mask_channels: channels of the per-pixel embedding.
        num_queries: number Q of queries.
        num_layers: number of layers; num_layers + 1 predictions are made.
        num_heads: heads of each attention.
        feedforward_channels: hidden channels of the feed-forward blocks.
        num_memory_levels: number of memory maps, attended to in turn from the coarsest.
    """

    def __init__(
        self,
        *,
        num_classes: int,
        feat_channels: int = 256,
        mask_channels: int = 256,
        num_queries: int = 100,
        num_layers: int = 9,
        num_heads: int = 8,
        feedforward_channels: int = 2048,
        num_memory_levels: int = 3,
    ) -> None:
        super().__init__()
        if feat_channels % num_heads or feat_channels % 4:
            raise UserError(f'feat_channels {feat_channels} must be a multiple of 4 and of num_heads, {num_heads}')
        self.feat_channels, self.num_heads = feat_channels, num_heads
        self.query_feat = nn.Embedding(num_queries, feat_channels)
        self.query_pos = nn.Embedding(num_queries, feat_channels)
        self.level_embed = nn.Embedding(num_memory_levels, feat_channels)
        self.layers = nn.ModuleList(
            TransformerDecoderLayer(
                feat_channels=feat_channels, num_heads=num_heads, feedforward_channels=feedforward_channels
            )
            for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(feat_channels)
        self.class_embed = nn.Linear(feat_channels, num_classes + 1)
        self.mask_embed = nn.Sequential(
            nn.Linear(feat_channels, feat_channels),
            nn.ReLU(inplace=True),
            nn.Linear(feat_channels, feat_channels),
            nn.ReLU(inplace=True),
            nn.Linear(feat_channels, mask_channels),
        )
        for parameter in self.layers.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)

    def forward(self, pixels: Tensor, memory: Sequence[Tensor], *, query: Tensor | None = None) -> Predictions:
        """Predict the classes and masks of the queries.

        Args:
            pixels: per-pixel embedding (B, mask_channels, H, W).
            memory: ``num_memory_levels`` maps (B, C, h, w), coarsest first.
            query: (B, Q, C) in place of the learnt ones.
        """
        batch = pixels.shape[0]
        keys, key_pos = [], []
        for level, level_embed in zip(memory, self.level_embed.weight, strict=True):
            keys.append(level.flatten(2).transpose(1, 2) + level_embed)
            height, width = level.shape[-2:]
            key_pos.append(sine_positions(height=height, width=width, channels=self.feat_channels, device=level.device))
        if query is None:
            query = self.query_feat.weight.expand(batch, -1, -1)
        query_pos = self.query_pos.weight.expand(batch, -1, -1)

        predictions = [self._predict(query, pixels)]
        for index, layer in enumerate(self.layers):
            level_index = index % len(memory)
            attn_mask = self._attn_mask(predictions[-1][1], memory[level_index])
            query = layer(query, query_pos, keys[level_index], key_pos[level_index], attn_mask)
            predictions.append(self._predict(query, pixels))
        class_logits, mask_logits = zip(*predictions, strict=True)
        return Predictions(torch.stack(class_logits), torch.stack(mask_logits))

    def _predict(self, query: Tensor, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(B, Q, C) -> class logits (B, Q, num_classes + 1) and mask logits (B, Q, H, W)."""
        query = self.norm(query)
        masks = torch.einsum('bqc,bchw->bqhw', self.mask_embed(query), pixels)
        return self.class_embed(query), masks

    @torch.no_grad()
    def _attn_mask(self, masks: Tensor, level: Tensor) -> Tensor:
        """True where a query must not attend: outside its own mask, unless that is empty. (B * num_heads, Q, h * w)."""
        outside = F.interpolate(masks, size=level.shape[-2:], mode='bilinear', align_corners=False).flatten(2) < 0
        outside &= ~outside.all(dim=-1, keepdim=True)
        return outside.repeat_interleave(self.num_heads, dim=0)
