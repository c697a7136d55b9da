"""What the families with a UNet have in common: its taps and its cross-attention."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import Attention
from torch import Tensor, nn
from typing_extensions import Self

from mmdatasetdm.diffusion.families.base import Denoiser, Parts, RawFeatures
from mmdatasetdm.diffusion.phrases import PhraseFinder
from mmdatasetdm.diffusion.text_encoder import TextEmbedding


@dataclass(frozen=True)
class Tap:
    """A module whose output belongs to the features."""

    module: nn.Module
    level: int
    channels: int


class UNetDenoiser(Denoiser):
    """A ``UNet2DConditionModel`` with the taps of DatasetDM (DatasetDM supp. 3.1, docs/method.md).

    Taps are conv_in, every residual of the down blocks, the mid block, and every layer of the up blocks with their
    upsamplers; the level of each follows from the down- and upsamplers before it.
    """

    def __init__(self, unet: UNet2DConditionModel) -> None:
        self.unet = unet
        self.dtype, self.device = unet.dtype, unet.device  # asking the model walks through all its modules
        self.taps = list(_taps(unet))
        channels: dict[int, int] = defaultdict(int)
        for tap in self.taps:
            channels[tap.level] += tap.channels
        self.channels = dict(sorted(channels.items()))
        self._cross_attention = [
            module for module in unet.modules() if isinstance(module, Attention) and module.is_cross_attention
        ]
        self.latent_channels = unet.config.in_channels
        size = unet.config.sample_size
        self.latent_size = size if isinstance(size, int) else max(size)

    @classmethod
    def levels_of(cls, config: Mapping[str, Any]) -> tuple[int, ...]:
        return tuple(range(len(config['down_block_types'])))

    @classmethod
    def from_parts(cls, parts: Parts) -> UNetDenoiser:
        return cls.from_network(parts.models['unet'])

    @classmethod
    def from_network(cls, network: Any) -> Self:
        """The UNet alone, which reads neither texts nor images: passes over it can be made and measured."""
        return cls(network)

    @classmethod
    def finders(cls, parts: Parts) -> list[PhraseFinder]:
        return []  # a UNet by itself reads no texts

    def conditioning(self, latents: Tensor, text: TextEmbedding, guidance: float | None) -> dict:
        """What the UNet is told beside the hidden states of the text, as its keyword arguments."""
        return {}

    def predict(
        self, latents: Tensor, timestep: Tensor, text: TextEmbedding, *, guidance: float | None = None
    ) -> Tensor:
        more = self.conditioning(latents, text, guidance)
        found = self.unet(latents, timestep, encoder_hidden_states=text.hidden, return_dict=False, **more)[0]
        return found[:, : self.latent_channels]  # some predict a variance too

    def extract(self, latents: Tensor, timestep: Tensor, text: TextEmbedding, *, attention_of: int) -> RawFeatures:
        taps: dict[int, list[Tensor]] = {level: [] for level in self.channels}
        sums: dict[int, Tensor] = {}
        layers: dict[int, int] = defaultdict(int)

        def keep(tokens: Tensor) -> None:
            queries = int(tokens.shape[1])  # under torch.jit it is a tensor, which finds no key
            sums[queries] = sums[queries] + tokens if queries in sums else tokens
            layers[queries] += 1

        with self._recording(taps, keep, attention_of):
            self.predict(latents, timestep, text)

        attention = {}
        for level, maps in taps.items():
            height, width = map(int, maps[0].shape[-2:])
            if height * width in sums:
                mean = sums[height * width] / layers[height * width]
                attention[level] = mean.transpose(1, 2).unflatten(2, (height, width))
        return RawFeatures(taps, attention)

    @contextmanager
    def _recording(self, taps: dict[int, list[Tensor]], keep, attention_of: int) -> Iterator[None]:
        """Hooks and attention processors live for one pass only, so that sampling runs as diffusers made it."""
        processors = [attention.processor for attention in self._cross_attention]
        hooks = []
        try:
            for tap in self.taps:
                hooks.append(tap.module.register_forward_hook(_append_to(taps[tap.level])))
            for attention in self._cross_attention:
                capture = CapturingProcessor(inner=attention.processor, keep=keep, samples=attention_of)
                attention.set_processor(capture)
            yield
        finally:
            for hook in hooks:
                hook.remove()
            for attention, processor in zip(self._cross_attention, processors, strict=True):
                attention.set_processor(processor)


class CapturingProcessor:
    """Hands the probabilities of cross-attention, averaged over heads, to ``keep`` and lets another processor attend.

    So the pass is the very one that sampling makes, whatever options the attention has. ``keep`` gets (samples,
    queries, tokens), float32.
    """

    def __init__(self, *, inner: Callable[..., Tensor], keep: Callable[[Tensor], None], samples: int) -> None:
        self.inner = inner
        self.keep = keep
        self.samples = samples

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
    ) -> Tensor:
        """hidden_states (B, queries, C) or (B, C, h, w), encoder_hidden_states (B, tokens, D) -> as hidden_states."""
        if encoder_hidden_states is not None:
            few = slice(self.samples)
            self.keep(text_attention(attn, hidden_states[few], encoder_hidden_states[few]))
        return self.inner(
            attn, hidden_states, encoder_hidden_states=encoder_hidden_states, attention_mask=attention_mask
        )


def text_attention(attn: Attention, hidden: Tensor, text: Tensor) -> Tensor:
    """How much of its attention each query gives to each token: (B, queries, tokens), the mean over heads.

    The scores are float32 whatever the model's dtype: SD 2.1's overflow in half precision (``upcast_attention``), and
    fused attention adds them up in float32 too. Where a query attends to the image beside the text (``added_kv``), the
    tokens' shares sum to less than 1.

    Args:
        attn: a cross-attention of a UNet; without masks, as they are here.
        hidden: (B, queries, C) or (B, C, h, w).
        text: (B, tokens, D).
    """
    if hidden.ndim == 4:
        hidden = hidden.flatten(2).transpose(1, 2)
    if attn.group_norm is not None:
        hidden = attn.group_norm(hidden.transpose(1, 2)).transpose(1, 2)
    if attn.norm_cross:
        text = attn.norm_encoder_hidden_states(text)
    if attn.added_kv_proj_dim is None:
        keys = attn.to_k(text)
    else:
        keys = attn.add_k_proj(text)
        if not attn.only_cross_attention:
            keys = torch.cat([keys, attn.to_k(hidden)], dim=1)
    query, key = (x.unflatten(2, (attn.heads, -1)).transpose(1, 2).float() for x in (attn.to_q(hidden), keys))
    scores = query @ (key * attn.scale).transpose(-1, -2)  # far fewer keys than queries: scale these
    return scores.softmax(dim=-1)[..., : text.shape[1]].mean(dim=1)


def _append_to(outputs: list[Tensor]):
    def hook(module: nn.Module, args: tuple, output) -> None:
        outputs.append(output[0] if isinstance(output, tuple) else output)

    return hook


def _taps(unet: UNet2DConditionModel) -> Iterator[Tap]:
    level = 0
    yield Tap(unet.conv_in, level, unet.conv_in.out_channels)
    for block in unet.down_blocks:
        yield from _layers(block, level)
        for sampler in block.downsamplers or ():
            level += 1
            yield Tap(sampler, level, _channels(sampler, block))
    if unet.mid_block is not None:
        yield Tap(unet.mid_block, level, unet.mid_block.resnets[-1].out_channels)
    for block in unet.up_blocks:
        yield from _layers(block, level)
        for sampler in block.upsamplers or ():
            level -= 1
            yield Tap(sampler, level, _channels(sampler, block))


def _channels(sampler: Any, block: Any) -> int:
    """Of what a sampler gives; some keep the block's and do not say it."""
    return getattr(sampler, 'out_channels', block.resnets[-1].out_channels)


def _layers(block: Any, level: int) -> Iterator[Tap]:
    """A layer is a residual unit with the transformer behind it, where the block has one."""
    ends = getattr(block, 'attentions', block.resnets)
    for resnet, end in zip(block.resnets, ends, strict=True):
        yield Tap(end, level, resnet.out_channels)
