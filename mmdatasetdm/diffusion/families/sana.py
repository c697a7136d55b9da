"""SANA and SANA-Sprint."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

import torch
from diffusers import SanaPipeline, SanaSprintPipeline
from torch import Tensor

from mmdatasetdm.diffusion.families.base import Parts
from mmdatasetdm.diffusion.families.codecs import DeepCompressionCodec
from mmdatasetdm.diffusion.families.transformer import TransformerDenoiser, as_tensor
from mmdatasetdm.diffusion.noise import FLOW, TRIGFLOW
from mmdatasetdm.diffusion.phrases import PhraseFinder
from mmdatasetdm.diffusion.text_encoder import TextEmbedding, TextEncoder
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import GENERATOR_FAMILIES

_TOKENS = 300
_GUIDANCE = 4.5  # the pipeline's default, for a pass to which guidance means nothing
# what the language model is asked to do with the prompt; it stands before it and is cut off again
_INSTRUCTION = inspect.signature(SanaPipeline.__call__).parameters['complex_human_instruction'].default


class GemmaTextEncoder(TextEncoder):
    """The hidden states of a language model that was told to enhance the prompt; the empty prompt goes without."""

    def __init__(self, finder: PhraseFinder, *, pipeline: SanaPipeline) -> None:
        self._pipeline = pipeline
        super().__init__(finder)

    def compute(self, texts: list[str]) -> TextEmbedding:
        rows = [self._one(text) for text in texts]
        hidden, mask = (torch.cat(column) for column in zip(*rows, strict=True))
        return TextEmbedding(hidden=hidden, token_ids=self.finders[0].ids(texts).to(hidden.device), mask=mask)

    def _one(self, text: str) -> tuple[Tensor, Tensor]:
        hidden, mask, _, _ = self._pipeline.encode_prompt(
            [text],
            do_classifier_free_guidance=False,
            device=self._pipeline.text_encoder.device,
            max_sequence_length=_TOKENS,
            complex_human_instruction=_INSTRUCTION if text else None,
        )
        return hidden, mask


@GENERATOR_FAMILIES.register_module()
class Sana(TransformerDenoiser):
    """Gemma 2, a transformer with linear self-attention, a deep-compression autoencoder, flow matching."""

    components = dict(
        transformer=('SanaTransformer2DModel',),
        vae=('AutoencoderDC',),
        text_encoder=('Gemma2Model', 'Gemma2PreTrainedModel', 'Gemma2ForCausalLM'),
        tokenizer=('GemmaTokenizer', 'GemmaTokenizerFast'),
    )
    pipeline = SanaPipeline
    predictions = (FLOW,)
    half = torch.bfloat16
    guided: ClassVar[bool] = False  # guidance is an input of the transformer

    @classmethod
    def from_parts(cls, parts: Parts) -> Sana:
        transformer = parts.models['transformer']
        if transformer.config.guidance_embeds != cls.guided:
            kind = 'SANA-Sprint' if transformer.config.guidance_embeds else 'SANA'
            raise UserError(f'the transformer of this generator is of {kind}, which its scheduler is not made for')
        family = cls.from_network(transformer)
        pipeline = SanaPipeline(**dict(parts.models, scheduler=None), **parts.tokenizers)
        family.text = GemmaTextEncoder(*cls.finders(parts), pipeline=pipeline)
        family.images = DeepCompressionCodec(parts.models['vae'])
        return family

    @classmethod
    def finders(cls, parts: Parts) -> list[PhraseFinder]:
        return [PhraseFinder(parts.tokenizers['tokenizer'], max_tokens=_TOKENS, lower=True, before=' ')]

    def forward(self, latents: Tensor, timestep: Tensor, text: TextEmbedding, guidance: float | None) -> Tensor:
        return self.transformer(
            latents,
            encoder_hidden_states=text.hidden.to(self.dtype),
            encoder_attention_mask=text.mask,
            timestep=timestep * self.transformer.config.timestep_scale,
            return_dict=False,
        )[0]


@GENERATOR_FAMILIES.register_module()
class SanaSprint(Sana):
    """SANA distilled to a few steps: it is told the guidance, and its steps lie on a circle (``trigflow``)."""

    components = dict(Sana.components, scheduler=('SCMScheduler',))
    pipeline = SanaSprintPipeline
    predictions = (TRIGFLOW,)
    guided = True

    @classmethod
    def from_network(cls, network: Any) -> SanaSprint:
        family = super().from_network(network)
        family.embeds_guidance = True
        return family

    def forward(self, latents: Tensor, timestep: Tensor, text: TextEmbedding, guidance: float | None) -> Tensor:
        scale = as_tensor(_GUIDANCE if guidance is None else guidance, latents).to(self.dtype)
        return self.transformer(
            latents,
            encoder_hidden_states=text.hidden.to(self.dtype),
            encoder_attention_mask=text.mask,
            guidance=scale * self.transformer.config.guidance_embeds_scale,
            timestep=timestep / 1000,
            return_dict=False,
        )[0]
