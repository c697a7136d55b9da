"""Stable Diffusion 3 and 3.5."""

from __future__ import annotations

from typing import Any

from diffusers import SchedulerMixin, StableDiffusion3Pipeline
from torch import Tensor

from mmdatasetdm.diffusion.families.base import Parts
from mmdatasetdm.diffusion.families.clip import clip_finder
from mmdatasetdm.diffusion.families.codecs import KLCodec
from mmdatasetdm.diffusion.families.joint_text import SD3_TOKENS, SD3TextEncoder
from mmdatasetdm.diffusion.families.shift import shifted_timesteps
from mmdatasetdm.diffusion.families.transformer import TransformerDenoiser
from mmdatasetdm.diffusion.noise import FLOW
from mmdatasetdm.diffusion.phrases import PhraseFinder
from mmdatasetdm.diffusion.text_encoder import TextEmbedding
from mmdatasetdm.registry import GENERATOR_FAMILIES

_CLIP = ('CLIPTokenizer', 'CLIPTokenizerFast')


@GENERATOR_FAMILIES.register_module()
class StableDiffusion3(TransformerDenoiser):
    """Two CLIP text encoders and T5, a transformer with joint attention, flow matching."""

    components = dict(
        transformer=('SD3Transformer2DModel',),
        vae=('AutoencoderKL',),
        text_encoder=('CLIPTextModelWithProjection',),
        text_encoder_2=('CLIPTextModelWithProjection',),
        text_encoder_3=('T5EncoderModel',),
        tokenizer=_CLIP,
        tokenizer_2=_CLIP,
        tokenizer_3=('T5Tokenizer', 'T5TokenizerFast'),
    )
    optional = frozenset({'text_encoder_3', 'tokenizer_3'})
    pipeline = StableDiffusion3Pipeline
    predictions = (FLOW,)

    @classmethod
    def from_parts(cls, parts: Parts) -> StableDiffusion3:
        family = cls.from_network(parts.models['transformer'])
        missing = dict.fromkeys(name for name in cls.optional if name not in {**parts.models, **parts.tokenizers})
        pipeline = StableDiffusion3Pipeline(**parts.models, **parts.tokenizers, **missing, scheduler=None)
        family.text = SD3TextEncoder(*cls.finders(parts), pipeline=pipeline)
        family.images = KLCodec(parts.models['vae'])
        return family

    @classmethod
    def from_network(cls, network: Any) -> StableDiffusion3:
        return cls(
            network,
            blocks=network.transformer_blocks,
            attentions=[block.attn for block in network.transformer_blocks],
            width=network.inner_dim,
            patch=network.config.patch_size,
            latent_size=network.config.sample_size,
            latent_channels=network.config.in_channels,
        )

    @classmethod
    def finders(cls, parts: Parts) -> list[PhraseFinder]:
        found = [clip_finder(parts)]
        if t5 := parts.tokenizers.get('tokenizer_3'):
            found.append(PhraseFinder(t5, max_tokens=min(SD3_TOKENS, t5.model_max_length)))
        return found

    def forward(self, latents: Tensor, timestep: Tensor, text: TextEmbedding, guidance: float | None) -> Tensor:
        return self.transformer(
            hidden_states=latents,
            timestep=timestep,
            encoder_hidden_states=text.hidden.to(self.dtype),
            pooled_projections=text.pooled,
            return_dict=False,
        )[0]

    def set_timesteps(self, scheduler: SchedulerMixin, steps: int, size: tuple[int, int]) -> None:
        shifted_timesteps(scheduler, steps, patches=size[0] * size[1] // self.latent_multiple**2, device=self.device)
