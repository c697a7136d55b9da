"""The procedure of the paper's research code, to be compared with (docs/method.md): one image at a time, in single
precision; at every step of the sampling all attention maps are computed and kept, and the activations recorded; the
features are those of the last step, and the files are written in between.

It is as slow as that, and its labels are no better: the decoder sees another timestep than in training.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from diffusers.models.attention_processor import Attention
from PIL import Image
from torch import Tensor

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.diffusion.families import UNetDenoiser
from mmdatasetdm.diffusion.features import Features, add_noise
from mmdatasetdm.diffusion.schedulers import make_scheduler
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.base import Annotator
from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.generation.recipe import Sampler
from mmdatasetdm.generation.sources import to_uint8
from mmdatasetdm.generation.writers.base import encode_png
from mmdatasetdm.models.backbones.diffusion import DiffusionFeatureBackbone


class AttentionStore:
    """All attention maps of a pass by layer, those to the text and those of the image to itself, summed over the steps;
    of the conditional half.
    """

    def __init__(self) -> None:
        self.sums: dict[int, Tensor] = {}
        self.step: list[tuple[Tensor, bool]] = []
        self.kinds: list[bool] = []

    def keep(self, probabilities: Tensor, *, is_cross: bool) -> None:
        """``probabilities`` (2 * heads, queries, keys) of one layer."""
        self.step.append((probabilities[len(probabilities) // 2 :].clone(), is_cross))

    def end_step(self) -> None:
        """Add the maps of a step to those before."""
        for layer, (maps, _) in enumerate(self.step):
            self.sums[layer] = self.sums[layer] + maps if layer in self.sums else maps
        self.kinds = [is_cross for _, is_cross in self.step]
        self.step = []

    def to_text(self, size: int) -> Tensor | None:
        """The mean over layers and heads of the attention to the text at ``size`` queries: (size, tokens)."""
        found = [
            maps.mean(0)
            for maps, cross in zip(self.sums.values(), self.kinds, strict=True)
            if cross and maps.shape[1] == size
        ]
        return torch.stack(found).mean(0) if found else None


class KeepingProcessor:
    """Attention with its probabilities in full, which goes to an :class:`AttentionStore`."""

    def __init__(self, store: AttentionStore):
        self.store = store

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
    ) -> Tensor:
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        query = attn.head_to_batch_dim(attn.to_q(hidden_states))
        key, value = attn.head_to_batch_dim(attn.to_k(context)), attn.head_to_batch_dim(attn.to_v(context))
        probabilities = attn.get_attention_scores(query, key, attention_mask)
        self.store.keep(probabilities, is_cross=encoder_hidden_states is not None)
        found = attn.batch_to_head_dim(torch.bmm(probabilities, value))
        return attn.to_out[1](attn.to_out[0](found)) / attn.rescale_output_factor


class NaiveGenerator:
    """Draws and labels one image at a time.

    Args:
        generator: in float32, with a UNet.
        annotator: of the one task that is labelled.

    Raises:
        UserError: the generator has no UNet.
    """

    def __init__(self, *, generator: DiffusionModel, annotator: Annotator, sampler: Sampler):
        self.generator, self.denoiser = generator, unet_of(generator)
        self.annotator, self.sampler = annotator, sampler

    @torch.no_grad()
    def __call__(self, prompt: Prompt, *, seed: int, out: Path) -> None:
        """One image and its label map, as ``out.jpg`` and ``out.png``."""
        with recorded(self.denoiser) as (store, taps):
            latents = self._sample(prompt, seed, store, taps)
        image = to_uint8(self.generator.decode_latents(latents))[0]
        backbone = self.annotator.model.backbone
        features = features_of(backbone, prompt.text, store, taps)
        levels = backbone.levels(latents, features)
        size = (image.shape[0], image.shape[1])
        (found,) = self.annotator.label(levels, [prompt], image_size=size, annotations={}, all_classes=levels)
        Image.fromarray(image).save(out.with_suffix('.jpg'), quality=95)
        out.with_suffix('.png').write_bytes(encode_png(found.label_map))

    def _sample(self, prompt: Prompt, seed: int, store: AttentionStore, taps: dict[int, list[Tensor]]) -> Tensor:
        """The finished latent (1, c, h, w); ``store`` and ``taps`` are filled."""
        sampler, generator = self.sampler, self.generator
        scheduler = make_scheduler(sampler.scheduler, generator._scheduler_config, seeds=[seed])
        side = generator.image_size
        size = ((sampler.height or side) // generator.latent_stride, (sampler.width or side) // generator.latent_stride)
        self.denoiser.set_timesteps(scheduler, sampler.steps, size)
        text = generator.encode_text([sampler.negative_prompt]).cat(generator.encode_text([prompt.text]))
        noise = torch.Generator().manual_seed(seed)
        latents = torch.randn((1, generator.latent_channels, *size), generator=noise).to(generator.device)
        latents = latents * scheduler.init_noise_sigma
        for timestep in scheduler.timesteps:
            taps.clear()
            scaled = scheduler.scale_model_input(torch.cat([latents, latents]), timestep)
            without, with_text = self.denoiser.predict(scaled, timestep, text).chunk(2)
            store.end_step()
            latents = scheduler.step(without + sampler.guidance * (with_text - without), timestep, latents).prev_sample
        return latents


@contextmanager
def recorded(denoiser: UNetDenoiser) -> Iterator[tuple[AttentionStore, dict[int, list[Tensor]]]]:
    """All attention maps and activations of the passes inside of the ``with`` block; the latter by level."""
    store: AttentionStore = AttentionStore()
    taps: dict[int, list[Tensor]] = defaultdict(list)
    processors = denoiser.unet.attn_processors
    denoiser.unet.set_attn_processor(KeepingProcessor(store))
    hooks = [
        tap.module.register_forward_hook(
            lambda _, __, output, level=tap.level: taps[level].append(
                output[0] if isinstance(output, tuple) else output
            )
        )
        for tap in denoiser.taps
    ]
    try:
        yield store, taps
    finally:
        for hook in hooks:
            hook.remove()
        denoiser.unet.set_attn_processor(processors)


def features_of(
    backbone: DiffusionFeatureBackbone, text: str, store: AttentionStore, taps: dict[int, list[Tensor]]
) -> Features:
    """What the decoder reads of one image, from a pass without its text and one with it."""
    generator = backbone.generator
    pyramid, attention = {}, {}
    for level in sorted(taps):
        stride = generator.latent_stride * 2**level
        maps = torch.cat(taps[level], dim=1)
        without, with_text = maps.chunk(2)
        pyramid[stride] = torch.cat([with_text, without], dim=1) if backbone.with_uncond else with_text
        height, width = maps.shape[2:]
        if (tokens := store.to_text(height * width)) is not None:
            attention[stride] = tokens.T.unflatten(1, (height, width))[None]
    ids = generator.encode_text([text]).token_ids
    weights = generator._denoiser.text.phrase_weights(ids, backbone.class_phrases)
    phrases = {stride: torch.einsum('bpt,bthw->bphw', weights.to(maps), maps) for stride, maps in attention.items()}
    return Features(pyramid, attention, phrases)


class NaiveReader:
    """Reads a labelled image as a training step of the research code does.

    Args:
        backbone: whose generator, timestep and noise are taken; in float32, with a UNet.

    Raises:
        UserError: the generator has no UNet.
    """

    def __init__(self, backbone: DiffusionFeatureBackbone):
        self.backbone, self.denoiser = backbone, unet_of(backbone.generator)

    @torch.no_grad()
    def __call__(self, image: Tensor, text: str) -> tuple[tuple[Tensor, ...], Tensor]:
        """Image (1, 3, H, W) in [-1, 1] -> its feature levels, and what it looks like decoded again."""
        backbone, generator = self.backbone, self.backbone.generator
        latents = generator.encode_images(image)
        noisy = add_noise(latents, generator._noise_schedule, backbone.timestep, [backbone.noise_seed])
        both = generator.encode_text(['']).cat(generator.encode_text([text]))
        with recorded(self.denoiser) as (store, taps):
            self.denoiser.predict(torch.cat([noisy, noisy]), torch.tensor(backbone.timestep, device=noisy.device), both)
            store.end_step()
        levels = backbone.levels(latents, features_of(backbone, text, store, taps))
        return levels, generator.decode_latents(latents)


def unet_of(generator: DiffusionModel) -> UNetDenoiser:
    """The generator's UNet; UserError where it has none."""
    if not isinstance(generator._denoiser, UNetDenoiser):
        raise UserError('the research code has a UNet; compare with it on Stable Diffusion or the built-in generator')
    return generator._denoiser
