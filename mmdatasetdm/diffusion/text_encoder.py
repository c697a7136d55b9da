"""Prompts to embeddings, and phrases to the tokens that stand for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer


@dataclass(frozen=True)
class TextEmbedding:
    """Encoded prompts.

    Attributes:
        hidden: (B, T, D), what the denoiser's cross-attention reads.
        token_ids: (B, T), padded to the text model's length T.
    """

    hidden: Tensor
    token_ids: Tensor


def readable_part(tokenizer: CLIPTokenizer, text: str, *, max_tokens: int) -> str:
    """The beginning of a text that is left when it is cut to ``max_tokens``, in the tokenizer's spelling."""
    if len(text) <= max_tokens - 2:  # a token is a character or more, and two are those of begin and end
        return text
    ids = tokenizer(text, truncation=True, max_length=max_tokens).input_ids
    return tokenizer.decode(ids, skip_special_tokens=True)


class TextEncoder:
    """The CLIP tokenizer and text model of a generator.

    Texts longer than the model's length are cut, as the generator was trained to see them.
    """

    _REMEMBERED = 64  # a decoder is trained with one text for all images: do not encode it anew for each

    def __init__(self, *, tokenizer: CLIPTokenizer, model: CLIPTextModel) -> None:
        self.tokenizer = tokenizer
        self.model = model
        self.max_tokens = min(tokenizer.model_max_length, model.config.max_position_embeddings)
        self._embeddings: dict[str, tuple[Tensor, Tensor]] = {}
        self._runs: dict[str, tuple[tuple[int, ...], ...]] = {}

    @torch.no_grad()
    def encode(self, texts: Sequence[str]) -> TextEmbedding:
        """Encodes B texts to (B, T, D)."""
        new = [text for text in dict.fromkeys(texts) if text not in self._embeddings]
        found = {text: self._embeddings[text] for text in texts if text in self._embeddings}
        if new:
            ids = self.tokenizer(
                new, padding='max_length', max_length=self.max_tokens, truncation=True, return_tensors='pt'
            ).input_ids.to(self.model.device)
            hidden = self.model(input_ids=ids)[0]
            found.update({text: (hidden[i], ids[i]) for i, text in enumerate(new)})
        self._embeddings = dict(list((self._embeddings | found).items())[-self._REMEMBERED :])
        return TextEmbedding(
            hidden=torch.stack([found[text][0] for text in texts]),
            token_ids=torch.stack([found[text][1] for text in texts]),
        )

    def fits(self, text: str) -> bool:
        """Whether nothing of the text is cut off."""
        ids = self.tokenizer(text, truncation=True, max_length=self.max_tokens + 1).input_ids
        return len(ids) <= self.max_tokens

    def phrase_weights(self, token_ids: Tensor, phrases: Sequence[str]) -> Tensor:
        """(B, len(phrases), T) on the CPU: 1 / n at the n tokens that spell the phrase, all 0 where it is absent.

        A token is of one phrase, the longest that it spells: 'dog' is not found in 'hot dog', when both are phrases.
        """
        rows = token_ids.tolist()
        weights = torch.zeros(len(rows), len(phrases), token_ids.shape[1])
        known: dict[tuple[int, ...], Tensor] = {}
        for i, row in enumerate(rows):
            if tuple(row) not in known:
                found = self._places(row, phrases)
                for j, phrase in enumerate(phrases):
                    if places := found[self._spellings(phrase)]:
                        weights[i, j, places] = 1 / len(places)
                known[tuple(row)] = weights[i]
            weights[i] = known[tuple(row)]
        return weights

    def _spellings(self, phrase: str) -> tuple[tuple[int, ...], ...]:
        """The token ids of a phrase; tokenizers that write the blank into the token spell it in two ways."""
        if phrase not in self._runs:
            runs = [self.tokenizer(space + phrase, add_special_tokens=False).input_ids for space in ('', ' ')]
            self._runs[phrase] = tuple(run for run in dict.fromkeys(map(tuple, runs)) if run)
        return self._runs[phrase]

    def _places(self, row: Sequence[int], phrases: Sequence[str]) -> dict[tuple[tuple[int, ...], ...], list[int]]:
        """Spellings of a phrase -> positions in ``row`` of its occurrences as whole words outside of longer phrases."""
        taken: set[int] = set()
        found = {}
        every = {self._spellings(phrase): phrase for phrase in phrases}
        for runs in sorted(every, key=lambda runs: (-max(map(len, runs), default=0), -len(every[runs]))):
            places: set[int] = set()
            for run in runs:
                for start in range(len(row) - len(run) + 1):
                    span = range(start, start + len(run))
                    if tuple(row[start : span.stop]) == run and self._starts_word(row, start) and not taken & {*span}:
                        places.update(span)
            taken |= places
            found[runs] = sorted(places)
        return found

    def _starts_word(self, row: Sequence[int], start: int) -> bool:
        """Whether the token before ends a word: 'ball' must not be found in 'foot|ball'."""
        before = self.tokenizer.convert_ids_to_tokens(row[start - 1]) if start else ''
        return not before or before.endswith('</w>') or before in self.tokenizer.all_special_tokens
