"""Text encoders of SD 3 and FLUX: CLIP gives one vector a prompt, T5 (and in SD 3 CLIP too) the tokens."""

from __future__ import annotations

from typing import Any

import torch

from mmdatasetdm.diffusion.phrases import PhraseFinder
from mmdatasetdm.diffusion.text_encoder import TextEmbedding, TextEncoder

# T5's tokenizer says 512 of every model; SD 3 was trained with these
SD3_TOKENS = 256


class SD3TextEncoder(TextEncoder):
    """The tokens of two CLIP models side by side, those of T5 behind them; T5 may be left away (zeros)."""

    def __init__(self, *finders: PhraseFinder, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._t5_tokens = finders[1].max_tokens if len(finders) == 2 else SD3_TOKENS
        super().__init__(*finders)

    def compute(self, texts: list[str]) -> TextEmbedding:
        device = self._pipeline.text_encoder.device
        hidden, _, pooled, _ = self._pipeline.encode_prompt(
            texts,
            prompt_2=None,
            prompt_3=None,
            device=device,
            do_classifier_free_guidance=False,
            max_sequence_length=self._t5_tokens,
        )
        ids = torch.cat([finder.ids(texts) for finder in self.finders], dim=1)
        ids = torch.nn.functional.pad(ids, (0, hidden.shape[1] - ids.shape[1]))
        return TextEmbedding(hidden=hidden, token_ids=ids.to(device), pooled=pooled)


class FluxTextEncoder(TextEncoder):
    """The tokens of T5, the pooled output of CLIP."""

    def __init__(self, finder: PhraseFinder, *, pipeline: Any) -> None:
        self._pipeline = pipeline
        super().__init__(finder)

    def compute(self, texts: list[str]) -> TextEmbedding:
        device = self._pipeline.text_encoder_2.device
        hidden, pooled, _ = self._pipeline.encode_prompt(
            texts, prompt_2=None, device=device, max_sequence_length=self.max_tokens
        )
        return TextEmbedding(hidden=hidden, token_ids=self.finders[0].ids(texts).to(device), pooled=pooled)
