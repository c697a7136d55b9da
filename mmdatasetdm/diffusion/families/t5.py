"""One large language model as text encoder, whose padding is not attended to (DeepFloyd IF, PixArt)."""

from __future__ import annotations

from collections.abc import Mapping

from diffusers import DiffusionPipeline
from torch import Tensor

from mmdatasetdm.diffusion.families.base import Parts
from mmdatasetdm.diffusion.phrases import PhraseFinder
from mmdatasetdm.diffusion.text_encoder import TextEmbedding, TextEncoder


class T5TextEncoder(TextEncoder):
    """The family's own pipeline encodes; it puts texts in lower case.

    Args:
        finder: of its tokenizer (:func:`t5_finder`).
        options: more arguments of the pipeline's ``encode_prompt``.
    """

    def __init__(
        self, finder: PhraseFinder, *, pipeline: DiffusionPipeline, options: Mapping[str, int] | None = None
    ) -> None:
        self._pipeline, self._options = pipeline, dict(options or {})
        super().__init__(finder)

    def compute(self, texts: list[str]) -> TextEmbedding:
        device = self._pipeline.text_encoder.device
        found = self._pipeline.encode_prompt(texts, do_classifier_free_guidance=False, device=device, **self._options)
        mask: Tensor | None = found[1] if len(found) == 4 else None
        return TextEmbedding(hidden=found[0], token_ids=self.finders[0].ids(texts).to(device), mask=mask)


def t5_finder(parts: Parts, *, max_tokens: int) -> PhraseFinder:
    """Of its tokenizer, for texts of ``max_tokens``: T5 itself reads texts of any length."""
    return PhraseFinder(parts.tokenizers['tokenizer'], max_tokens=max_tokens, lower=True)
