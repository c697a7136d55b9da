"""PixArt-alpha and PixArt-sigma."""

from __future__ import annotations

import torch
from diffusers import PixArtAlphaPipeline
from torch import Tensor

from mmdatasetdm.diffusion.families.base import Parts
from mmdatasetdm.diffusion.families.codecs import KLCodec
from mmdatasetdm.diffusion.families.t5 import T5TextEncoder, t5_finder
from mmdatasetdm.diffusion.families.transformer import TransformerDenoiser
from mmdatasetdm.diffusion.phrases import PhraseFinder
from mmdatasetdm.diffusion.text_encoder import TextEmbedding
from mmdatasetdm.registry import GENERATOR_FAMILIES

# length of the texts of its training, which no config tells
_TOKENS = {'PixArtSigmaPipeline': 300}
_ALPHA_TOKENS = 120


@GENERATOR_FAMILIES.register_module()
class PixArt(TransformerDenoiser):
    """A T5 text encoder, a transformer with cross-attention, an ``AutoencoderKL``; predicts noise and its variance."""

    components = dict(
        transformer=('PixArtTransformer2DModel', 'Transformer2DModel'),
        vae=('AutoencoderKL',),
        text_encoder=('T5EncoderModel',),
        tokenizer=('T5Tokenizer', 'T5TokenizerFast'),
    )
    pipeline = PixArtAlphaPipeline
    index_keys = ('_class_name',)

    @classmethod
    def from_parts(cls, parts: Parts) -> PixArt:
        family = cls.from_network(parts.models['transformer'])
        pipeline = PixArtAlphaPipeline(**parts.models, **parts.tokenizers, scheduler=None)
        (finder,) = cls.finders(parts)
        family.text = T5TextEncoder(finder, pipeline=pipeline, options=dict(max_sequence_length=finder.max_tokens))
        family.images = KLCodec(parts.models['vae'])
        return family

    @classmethod
    def finders(cls, parts: Parts) -> list[PhraseFinder]:
        return [t5_finder(parts, max_tokens=_TOKENS.get(str(parts.index.get('_class_name')), _ALPHA_TOKENS))]

    def forward(self, latents: Tensor, timestep: Tensor, text: TextEmbedding, guidance: float | None) -> Tensor:
        size: dict[str, Tensor | None] = dict(resolution=None, aspect_ratio=None)
        if self.transformer.use_additional_conditions:  # alpha at 1024 is told the size
            height, width = (int(side) * self.images.stride for side in latents.shape[-2:])
            size['resolution'] = torch.tensor([[height, width]], dtype=self.dtype, device=self.device)
            size['aspect_ratio'] = torch.tensor([[height / width]], dtype=self.dtype, device=self.device)
            size = {name: value.expand(len(latents), -1) for name, value in size.items() if value is not None}
        return self.transformer(
            latents,
            encoder_hidden_states=text.hidden.to(self.dtype),
            encoder_attention_mask=text.mask,
            timestep=timestep,
            added_cond_kwargs=size,
            return_dict=False,
        )[0]
