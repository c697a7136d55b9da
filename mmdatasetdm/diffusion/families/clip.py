"""The text encoder of Stable Diffusion 1 and 2."""

from __future__ import annotations

from transformers import CLIPTextModel, CLIPTokenizer

from mmdatasetdm.diffusion.phrases import PhraseFinder
from mmdatasetdm.diffusion.text_encoder import TextEmbedding, TextEncoder


class ClipTextEncoder(TextEncoder):
    """One CLIP text model, its last hidden states."""

    def __init__(self, *, tokenizer: CLIPTokenizer, model: CLIPTextModel) -> None:
        self.tokenizer = tokenizer
        self.model = model
        length = min(tokenizer.model_max_length, model.config.max_position_embeddings)
        super().__init__(PhraseFinder(tokenizer, max_tokens=length))

    def compute(self, texts: list[str]) -> TextEmbedding:
        ids = self.finders[0].ids(texts).to(self.model.device)
        return TextEmbedding(hidden=self.model(input_ids=ids)[0], token_ids=ids)
