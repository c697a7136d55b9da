"""DeepFloyd IF, its first stage: 64 x 64 pixels (DatasetDM supp. 5.2)."""

from __future__ import annotations

from diffusers import IFPipeline

from mmdatasetdm.diffusion.families.base import Parts
from mmdatasetdm.diffusion.families.codecs import PixelCodec
from mmdatasetdm.diffusion.families.t5 import T5TextEncoder, t5_finder
from mmdatasetdm.diffusion.families.unet import UNetDenoiser
from mmdatasetdm.diffusion.phrases import PhraseFinder
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import GENERATOR_FAMILIES

_TOKENS = 77  # of its training; T5 reads more


@GENERATOR_FAMILIES.register_module()
class DeepFloydIF(UNetDenoiser):
    """T5 and a UNet on pixels, which predicts noise and its variance; there is no autoencoder."""

    components = dict(
        unet=('UNet2DConditionModel',),
        text_encoder=('T5EncoderModel',),
        tokenizer=('T5Tokenizer', 'T5TokenizerFast'),
    )
    pipeline = IFPipeline

    @classmethod
    def from_parts(cls, parts: Parts) -> DeepFloydIF:
        unet = parts.models['unet']
        if unet.config.in_channels != 3 or unet.config.class_embed_type is not None:
            raise UserError(
                'this is a later stage of DeepFloyd IF, which enlarges images: name its first stage as the generator, '
                'and this one in sampler.upscalers of the recipe'
            )
        pipeline = IFPipeline(
            **parts.models,
            **parts.tokenizers,
            scheduler=None,
            safety_checker=None,
            feature_extractor=None,
            watermarker=None,
            requires_safety_checker=False,
        )
        family = cls(unet)
        family.text = T5TextEncoder(*cls.finders(parts), pipeline=pipeline)
        family.images = PixelCodec()
        return family

    @classmethod
    def finders(cls, parts: Parts) -> list[PhraseFinder]:
        return [t5_finder(parts, max_tokens=_TOKENS)]
