"""What the families with a diffusion transformer have in common: their taps and their attention to the text."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from typing_extensions import Self

from mmdatasetdm.diffusion.families.attention_probe import AttentionProbe
from mmdatasetdm.diffusion.families.base import Denoiser, RawFeatures
from mmdatasetdm.diffusion.text_encoder import TextEmbedding

TAPS = 4
LEVELS = 3


class TransformerDenoiser(Denoiser):
    """A transformer on a grid of patches.

    Taps are the outputs of four blocks, evenly spaced up to the last. All are of the patches' size; the decoders read a
    pyramid, so they are averaged to two coarser levels, as the attention is (ViTDet shows that one map is enough).

    Args:
        transformer: of diffusers.
        blocks: its blocks in their order, whose output (or last output) is the image's tokens.
        attentions: their modules that attend to the text, alone or together with the image.
        width: channels of a block's output.
        patch: side of a patch in latent pixels, a power of 2.
    """

    text_first: ClassVar[bool] = False
    packed: ClassVar[int | None] = None  # side of a patch, where latents are packed before the transformer sees them

    def __init__(
        self,
        transformer: Any,
        *,
        blocks: Sequence[nn.Module],
        attentions: Sequence[nn.Module],
        width: int,
        patch: int,
        latent_size: int,
        latent_channels: int,
    ) -> None:
        self.transformer = transformer
        self.dtype, self.device = transformer.dtype, transformer.device
        count = min(TAPS, len(blocks))
        self.taps = [blocks[(i + 1) * len(blocks) // count - 1] for i in range(count)]
        self.attentions = list(attentions)
        self.channels = dict.fromkeys(self.levels_from(patch), count * width)
        self._finest = min(self.channels)
        self.latent_multiple = patch
        self.latent_channels = latent_channels
        self.latent_size = latent_size

    @classmethod
    def levels_of(cls, config: Mapping[str, Any]) -> tuple[int, ...]:
        return cls.levels_from(cls.packed or config['patch_size'])

    @staticmethod
    def levels_from(patch: int) -> tuple[int, ...]:
        """The levels of patches of this side, and the coarser ones."""
        return tuple(patch.bit_length() - 1 + i for i in range(LEVELS))

    @classmethod
    def from_network(cls, network: Any) -> Self:
        """The transformer alone, which reads neither texts nor images: passes over it can be made and measured.

        Here one whose blocks attend to the image first (``attn1``), then to the text (``attn2``).
        """
        config = network.config
        return cls(
            network,
            blocks=network.transformer_blocks,
            attentions=[block.attn2 for block in network.transformer_blocks],
            width=config.num_attention_heads * config.attention_head_dim,
            patch=config.patch_size,
            latent_size=config.sample_size,
            latent_channels=config.in_channels,
        )

    @abstractmethod
    def forward(self, latents: Tensor, timestep: Tensor, text: TextEmbedding, guidance: float | None) -> Tensor:
        """The transformer's output for latents (B, c, h, w) and a timestep (B,)."""

    def predict(
        self, latents: Tensor, timestep: Tensor, text: TextEmbedding, *, guidance: float | None = None
    ) -> Tensor:
        found = self.forward(latents, timestep.to(self.device).expand(len(latents)), text, guidance)
        return found[:, : self.latent_channels]  # some predict a variance too

    def extract(self, latents: Tensor, timestep: Tensor, text: TextEmbedding, *, attention_of: int) -> RawFeatures:
        grid = (int(latents.shape[-2]) // self.latent_multiple, int(latents.shape[-1]) // self.latent_multiple)
        outputs: list[Tensor] = []
        maps: list[Tensor] = []
        probe = AttentionProbe(
            samples=attention_of, tokens=text.hidden.shape[1], text_first=self.text_first, keep=_add_to(maps)
        )
        hooks = [tap.register_forward_hook(_append_to(outputs)) for tap in self.taps]
        try:
            with probe.on(self.attentions):
                self.predict(latents, timestep, text)
        finally:
            for hook in hooks:
                hook.remove()
        taps = [_as_map(tokens, grid) for tokens in outputs]
        attention = _as_map(maps[0] / len(self.attentions), grid)
        return RawFeatures(
            {level: [_halved(tap, level - self._finest) for tap in taps] for level in self.channels},
            {level: _halved(attention, level - self._finest) for level in self.channels},
        )


def _append_to(outputs: list[Tensor]) -> Callable[..., None]:
    def hook(module: nn.Module, args: tuple, output: Tensor | tuple[Tensor, ...]) -> None:
        outputs.append(output[-1] if isinstance(output, tuple) else output)

    return hook


def _add_to(total: list[Tensor]) -> Callable[[Tensor], None]:
    def keep(maps: Tensor) -> None:
        total[:] = [total[0] + maps if total else maps]

    return keep


def _as_map(tokens: Tensor, grid: tuple[int, int]) -> Tensor:
    """(B, h * w, C) -> (B, C, h, w)."""
    return tokens.transpose(1, 2).unflatten(2, grid)


def _halved(maps: Tensor, times: int) -> Tensor:
    """Averaged over 2 x 2 pixels, several times; sides are rounded up, as everywhere in the pyramid."""
    for _ in range(times):
        maps = F.avg_pool2d(maps, 2, ceil_mode=True, count_include_pad=False)
    return maps


def as_tensor(value: float, like: Tensor) -> Tensor:
    """(B,) of one value, float32 (a guidance scale)."""
    return torch.full((len(like),), value, device=like.device)
