"""Stable Diffusion 1.x and 2.x, their Turbo and LCM checkpoints, and the built-in generator."""

from __future__ import annotations

import torch
from diffusers import LatentConsistencyModelPipeline, StableDiffusionPipeline
from torch import Tensor

from mmdatasetdm.diffusion.families.base import Parts
from mmdatasetdm.diffusion.families.clip import ClipTextEncoder, clip_finder
from mmdatasetdm.diffusion.families.codecs import KLCodec
from mmdatasetdm.diffusion.families.unet import UNetDenoiser
from mmdatasetdm.diffusion.phrases import PhraseFinder
from mmdatasetdm.diffusion.text_encoder import TextEmbedding
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import GENERATOR_FAMILIES


@GENERATOR_FAMILIES.register_module()
class StableDiffusion(UNetDenoiser):
    """One CLIP text encoder, a UNet, an ``AutoencoderKL``."""

    components = dict(
        unet=('UNet2DConditionModel',),
        vae=('AutoencoderKL',),
        text_encoder=('CLIPTextModel',),
        tokenizer=('CLIPTokenizer', 'CLIPTokenizerFast'),
    )
    pipeline = StableDiffusionPipeline

    @classmethod
    def from_parts(cls, parts: Parts) -> StableDiffusion:
        unet = parts.models['unet']
        config = unet.config
        if any((config.addition_embed_type, config.class_embed_type, config.num_class_embeds)):
            raise UserError(
                'this UNet wants more than text; if it is an upscaler, name it in sampler.upscalers of the recipe, '
                'behind a generator'
            )
        family = cls(unet)
        family.text = ClipTextEncoder(*cls.finders(parts), model=parts.models['text_encoder'])
        family.images = KLCodec(parts.models['vae'])
        family.embeds_guidance = unet.config.time_cond_proj_dim is not None
        return family

    @classmethod
    def finders(cls, parts: Parts) -> list[PhraseFinder]:
        return [clip_finder(parts)]

    def conditioning(self, latents: Tensor, text: TextEmbedding, guidance: float | None) -> dict:
        if not self.embeds_guidance:
            return {}
        # a latent consistency model; it is told the scale less one
        scale = torch.full((len(latents),), (guidance or 1.0) - 1.0)
        embedding = LatentConsistencyModelPipeline.get_guidance_scale_embedding(
            None, scale, embedding_dim=self.unet.config.time_cond_proj_dim
        )
        return dict(timestep_cond=embedding.to(self.device, self.dtype))
