"""FLUX.1 dev and schnell."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

import numpy as np
import torch
from diffusers import FluxPipeline, SchedulerMixin
from torch import Tensor

from mmdatasetdm.diffusion.families.base import Parts
from mmdatasetdm.diffusion.families.codecs import KLCodec
from mmdatasetdm.diffusion.families.joint_text import FluxTextEncoder
from mmdatasetdm.diffusion.families.shift import shifted_timesteps
from mmdatasetdm.diffusion.families.transformer import TransformerDenoiser, as_tensor
from mmdatasetdm.diffusion.noise import FLOW
from mmdatasetdm.diffusion.phrases import PhraseFinder
from mmdatasetdm.diffusion.text_encoder import TextEmbedding
from mmdatasetdm.registry import GENERATOR_FAMILIES

_GUIDANCE = 3.5  # the pipeline's default, for a pass to which guidance means nothing
_TOKENS = {True: 512, False: 256}  # dev (guidance is embedded) and schnell


@GENERATOR_FAMILIES.register_module()
class Flux(TransformerDenoiser):
    """T5 and a pooled CLIP, a transformer with joint attention on patches of 2 x 2 latents, flow matching."""

    components = dict(
        transformer=('FluxTransformer2DModel',),
        vae=('AutoencoderKL',),
        text_encoder=('CLIPTextModel',),
        text_encoder_2=('T5EncoderModel',),
        tokenizer=('CLIPTokenizer', 'CLIPTokenizerFast'),
        tokenizer_2=('T5Tokenizer', 'T5TokenizerFast'),
    )
    pipeline = FluxPipeline
    predictions = (FLOW,)
    half = torch.bfloat16
    default_latent_size = 128  # no config tells it; the pipeline's default image is 1024 pixels
    text_first = True
    packed: ClassVar[int] = 2

    @classmethod
    def from_parts(cls, parts: Parts) -> Flux:
        family = cls.from_network(parts.models['transformer'])
        pipeline = FluxPipeline(**parts.models, **parts.tokenizers, scheduler=None)
        family.text = FluxTextEncoder(*cls.finders(parts), pipeline=pipeline)
        family.images = KLCodec(parts.models['vae'])
        return family

    @classmethod
    def from_network(cls, network: Any) -> Flux:
        blocks = [*network.transformer_blocks, *network.single_transformer_blocks]
        family = cls(
            network,
            blocks=blocks,
            attentions=[block.attn for block in blocks],
            width=network.inner_dim,
            patch=cls.packed,
            latent_size=cls.default_latent_size,
            latent_channels=network.config.in_channels // 4,
        )
        family.embeds_guidance = network.config.guidance_embeds
        return family

    @classmethod
    def finders(cls, parts: Parts) -> list[PhraseFinder]:
        t5 = parts.tokenizers['tokenizer_2']
        tokens = _TOKENS[bool(parts.setting('transformer', 'guidance_embeds'))]
        return [PhraseFinder(t5, max_tokens=min(tokens, t5.model_max_length))]

    def forward(self, latents: Tensor, timestep: Tensor, text: TextEmbedding, guidance: float | None) -> Tensor:
        batch, channels, height, width = latents.shape
        rows, columns = height // 2, width // 2
        scale = as_tensor(_GUIDANCE if guidance is None else guidance, latents) if self.embeds_guidance else None
        found = self.transformer(
            hidden_states=FluxPipeline._pack_latents(latents, batch, channels, height, width),
            timestep=timestep / 1000,
            guidance=scale,
            pooled_projections=text.pooled,
            encoder_hidden_states=text.hidden.to(self.dtype),
            txt_ids=torch.zeros(text.hidden.shape[1], 3, device=self.device, dtype=self.dtype),
            img_ids=FluxPipeline._prepare_latent_image_ids(batch, rows, columns, self.device, self.dtype),
            return_dict=False,
        )[0]
        return FluxPipeline._unpack_latents(found, height, width, 1)

    def set_timesteps(self, scheduler: SchedulerMixin, steps: int, size: tuple[int, int]) -> None:
        takes_sigmas = 'sigmas' in inspect.signature(scheduler.set_timesteps).parameters
        sigmas = np.linspace(1.0, 1 / steps, steps).tolist() if takes_sigmas else None
        shifted_timesteps(scheduler, steps, patches=size[0] * size[1] // 4, device=self.device, sigmas=sigmas)
