"""The text encoder of Stable Diffusion 1 and 2."""

from __future__ import annotations

from transformers import CLIPTextModel

from mmdatasetdm.diffusion.families.base import Parts
from mmdatasetdm.diffusion.phrases import PhraseFinder
from mmdatasetdm.diffusion.text_encoder import TextEmbedding, TextEncoder

CLIP_TOKENS = 77  # where no config says another length


class ClipTextEncoder(TextEncoder):
    """One CLIP text model, its last hidden states."""

    def __init__(self, finder: PhraseFinder, *, model: CLIPTextModel) -> None:
        self.model = model
        super().__init__(finder)

    def compute(self, texts: list[str]) -> TextEmbedding:
        ids = self.finders[0].ids(texts).to(self.model.device)
        return TextEmbedding(hidden=self.model(input_ids=ids)[0], token_ids=ids)


def clip_finder(parts: Parts, tokenizer: str = 'tokenizer') -> PhraseFinder:
    """Of a CLIP tokenizer; its texts are as long as its text model has positions."""
    positions = parts.setting(tokenizer.replace('tokenizer', 'text_encoder'), 'max_position_embeddings')
    length = parts.tokenizers[tokenizer].model_max_length
    return PhraseFinder(parts.tokenizers[tokenizer], max_tokens=min(length, positions or CLIP_TOKENS))
