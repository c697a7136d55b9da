"""Stable Diffusion XL, and its Turbo, Lightning and LCM checkpoints."""

from __future__ import annotations

import torch
from diffusers import StableDiffusionXLPipeline
from torch import Tensor

from mmdatasetdm.diffusion.families.base import Parts
from mmdatasetdm.diffusion.families.codecs import KLCodec
from mmdatasetdm.diffusion.families.stable_diffusion import StableDiffusion
from mmdatasetdm.diffusion.phrases import PhraseFinder
from mmdatasetdm.diffusion.text_encoder import TextEmbedding, TextEncoder
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import GENERATOR_FAMILIES


class TwoClipTextEncoder(TextEncoder):
    """Two CLIP text models that read the same tokens: hidden states side by side, the second one's pooled output.

    Args:
        empty_is_zero: the text of nothing is zeros, as the model was trained (``force_zeros_for_empty_prompt``).
    """

    def __init__(self, finder: PhraseFinder, *, pipeline: StableDiffusionXLPipeline, empty_is_zero: bool) -> None:
        self.pipeline = pipeline
        self._empty_is_zero = empty_is_zero
        super().__init__(finder)

    def compute(self, texts: list[str]) -> TextEmbedding:
        device = self.pipeline.text_encoder.device
        hidden, _, pooled, _ = self.pipeline.encode_prompt(texts, device=device, do_classifier_free_guidance=False)
        if self._empty_is_zero:
            empty = torch.tensor([not text for text in texts], device=device)
            hidden, pooled = hidden.masked_fill(empty[:, None, None], 0), pooled.masked_fill(empty[:, None], 0)
        return TextEmbedding(hidden=hidden, token_ids=self.finders[0].ids(texts).to(device), pooled=pooled)


@GENERATOR_FAMILIES.register_module()
class StableDiffusionXL(StableDiffusion):
    """Two CLIP text encoders, a UNet that is told the size of the image (micro-conditioning), an ``AutoencoderKL``."""

    components = dict(
        StableDiffusion.components,
        text_encoder_2=('CLIPTextModelWithProjection',),
        tokenizer_2=('CLIPTokenizer', 'CLIPTokenizerFast'),
    )
    pipeline = StableDiffusionXLPipeline
    index_keys = ('force_zeros_for_empty_prompt',)

    @classmethod
    def from_parts(cls, parts: Parts) -> StableDiffusionXL:
        unet, vae = parts.models['unet'], parts.models['vae']
        if unet.config.addition_embed_type != 'text_time':
            raise UserError("this UNet is not SDXL's: it does not take the image's size")
        pipeline = StableDiffusionXLPipeline(**parts.models, **parts.tokenizers, scheduler=None, add_watermarker=False)
        family = cls(unet)
        family.text = TwoClipTextEncoder(
            *cls.finders(parts),
            pipeline=pipeline,
            empty_is_zero=bool(parts.index.get('force_zeros_for_empty_prompt', True)),
        )
        if vae.config.force_upcast and vae.dtype == torch.float16:  # its activations overflow
            vae = vae.float()
        family.images = KLCodec(vae)
        family.embeds_guidance = unet.config.time_cond_proj_dim is not None
        return family

    def conditioning(self, latents: Tensor, text: TextEmbedding, guidance: float | None) -> dict:
        height, width = (int(side) * self.images.stride for side in latents.shape[-2:])
        # original size, upper left corner of the crop, wanted size: an image that was never scaled nor cropped
        sizes = torch.tensor([[height, width, 0, 0, height, width]], dtype=self.dtype, device=self.device)
        more = dict(text_embeds=text.pooled, time_ids=sizes.expand(len(latents), -1))
        return dict(super().conditioning(latents, text, guidance), added_cond_kwargs=more)
