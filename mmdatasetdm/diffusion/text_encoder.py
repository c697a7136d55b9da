"""Prompts to embeddings, remembered, and phrases to the tokens that stand for them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from mmdatasetdm.diffusion.phrases import PhraseFinder, longest, phrase_weights


@dataclass(frozen=True)
class TextEmbedding:
    """Encoded prompts.

    Attributes:
        hidden: (B, T, D), what the denoiser attends to.
        token_ids: (B, T), padded to the length T; with several text encoders those of one lie behind the other's.
        mask: (B, T), 1 at the tokens that are attended to; None: at all.
        pooled: (B, P), one vector a prompt, for the denoisers that want it.
    """

    hidden: Tensor
    token_ids: Tensor
    mask: Tensor | None = None
    pooled: Tensor | None = None

    def cat(self, other: TextEmbedding) -> TextEmbedding:
        """The prompts of both, in this order."""
        names = [field.name for field in fields(self) if getattr(self, field.name) is not None]
        return TextEmbedding(**{name: torch.cat([getattr(self, name), getattr(other, name)]) for name in names})


class TextEncoder(ABC):
    """The tokenizers and text models of a generator.

    Texts longer than the models' length are cut, as the generator was trained to see them.

    Attributes:
        finders: of the tokenizers, in the order of their tokens in ``TextEmbedding.token_ids``.
        max_tokens: length of the longest of them, to which its texts are padded and cut.
    """

    _REMEMBERED = 64  # a decoder is trained with one text for all images: do not encode it anew for each

    def __init__(self, *finders: PhraseFinder) -> None:
        self.finders = finders
        self._longest = longest(finders)
        self.max_tokens = self._longest.max_tokens
        self._embeddings: dict[str, dict[str, Tensor]] = {}

    @abstractmethod
    def compute(self, texts: list[str]) -> TextEmbedding:
        """Encodes B texts; those of one call are different."""

    @torch.no_grad()
    def encode(self, texts: Sequence[str]) -> TextEmbedding:
        """Encodes B texts."""
        new = [text for text in dict.fromkeys(texts) if text not in self._embeddings]
        found = {text: self._embeddings[text] for text in texts if text in self._embeddings}
        if new:
            made = self.compute(new)
            names = [field.name for field in fields(made) if getattr(made, field.name) is not None]
            found.update({text: {name: getattr(made, name)[i] for name in names} for i, text in enumerate(new)})
        self._embeddings = dict(list((self._embeddings | found).items())[-self._REMEMBERED :])
        rows = [found[text] for text in texts]
        return TextEmbedding(**{name: torch.stack([row[name] for row in rows]) for name in rows[0]})

    def fits(self, text: str) -> bool:
        """Whether nothing of the text is cut off."""
        return self._longest.fits(text)

    def readable_part(self, text: str) -> str:
        """The beginning of a text that is read; what stands behind the last token is not seen."""
        return self._longest.readable_part(text)

    def phrase_weights(self, token_ids: Tensor, phrases: Sequence[str]) -> Tensor:
        """(B, len(phrases), T) on the CPU, the share of each token in a phrase (:func:`phrases.phrase_weights`)."""
        return phrase_weights(self.finders, token_ids, phrases)
