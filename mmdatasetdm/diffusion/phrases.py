"""Phrases to the tokens that spell them in an encoded text."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

Spellings = tuple[tuple[int, ...], ...]


class PhraseFinder:
    """Finds whole words by their token ids; tokenizers mark where a word ends (CLIP) or begins (T5, Gemma).

    Args:
        lower: the text is put in lower case before the tokenizer reads it, by the family and not by the tokenizer.
        before: what the family puts before it.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, *, max_tokens: int, lower: bool = False, before: str = ''
    ) -> None:
        self.tokenizer = tokenizer
        self.max_tokens = max_tokens
        self.lower = lower
        self.before = before
        self._known: dict[str, Spellings] = {}
        self._special = set(tokenizer.all_special_tokens)
        first = tokenizer.convert_ids_to_tokens(tokenizer(' a', add_special_tokens=False).input_ids[:1])
        self._marks_beginnings = bool(first) and first[0].startswith('▁')

    def ids(self, texts: Sequence[str]) -> Tensor:
        """(B, max_tokens): the texts padded and cut, as the text model gets them."""
        texts = [self._as_read(text) for text in texts]
        self.tokenizer.padding_side = 'right'
        return self.tokenizer(
            texts, padding='max_length', max_length=self.max_tokens, truncation=True, return_tensors='pt'
        ).input_ids

    def fits(self, text: str) -> bool:
        """Whether nothing of the text is cut off."""
        return len(self._cut(text, self.max_tokens + 1)) <= self.max_tokens

    def readable_part(self, text: str) -> str:
        """A text that fits, or else the beginning of it that is read, in the tokenizer's spelling."""
        if self.fits(text):
            return text
        return self.tokenizer.decode(self._cut(text, self.max_tokens), skip_special_tokens=True).strip()

    def _cut(self, text: str, length: int) -> list[int]:
        return self.tokenizer(self._as_read(text), truncation=True, max_length=length).input_ids

    def _as_read(self, text: str) -> str:
        return self.before + (text.lower().strip() if self.lower else text)

    def find(self, row: Sequence[int], phrases: Sequence[str]) -> list[list[int]]:
        """For each phrase the positions in ``row`` of its tokens, of all its occurrences as whole words.

        A token is of one phrase, the longest that it spells: 'dog' is not found in 'hot dog', when both are phrases.
        """
        taken: set[int] = set()
        found: dict[Spellings, list[int]] = {}
        every = {self._spellings(phrase): phrase for phrase in phrases}
        for spellings in sorted(every, key=lambda runs: (-min(map(len, runs), default=0), -len(every[runs]))):
            positions: set[int] = set()
            for run in spellings:
                for start in range(len(row) - len(run) + 1):
                    span = range(start, start + len(run))
                    if tuple(row[start : span.stop]) == run and self._whole(row, span) and not taken & {*span}:
                        positions.update(span)
            taken |= positions
            found[spellings] = sorted(positions)
        return [found[self._spellings(phrase)] for phrase in phrases]

    def _spellings(self, phrase: str) -> Spellings:
        """The token ids of a phrase; tokenizers that write the blank into the token spell it in two ways."""
        if phrase not in self._known:
            text = phrase.lower() if self.lower else phrase
            runs = [self.tokenizer(space + text, add_special_tokens=False).input_ids for space in ('', ' ')]
            self._known[phrase] = tuple(run for run in dict.fromkeys(map(tuple, runs)) if run)
        return self._known[phrase]

    def _whole(self, row: Sequence[int], span: range) -> bool:
        """Whether words begin and end with the span: 'ball' must not be found in 'foot|ball'."""
        around = [row[span.start - 1] if span.start else None, row[span.stop] if span.stop < len(row) else None]
        before, after = ('' if i is None else self.tokenizer.convert_ids_to_tokens(i) for i in around)
        begins = not before or before.endswith('</w>') or before in self._special
        if not self._marks_beginnings:
            return begins
        first = self.tokenizer.convert_ids_to_tokens(row[span.start])
        begins = begins or first.startswith('▁') or not before[-1:].isalnum()
        return begins and (after in self._special or not after[:1].isalnum())


def longest(finders: Sequence[PhraseFinder]) -> PhraseFinder:
    """The one that reads most of a text."""
    return max(finders, key=lambda finder: finder.max_tokens)


def phrase_weights(finders: Sequence[PhraseFinder], token_ids: Tensor, phrases: Sequence[str]) -> Tensor:
    """(B, len(phrases), T) on the CPU: 1 / n at the n tokens that spell the phrase, all 0 where it is absent.

    Args:
        finders: of the tokenizers whose tokens lie behind one another in ``token_ids``.
        token_ids: (B, T).
    """
    rows = token_ids.tolist()
    weights = torch.zeros(len(rows), len(phrases), token_ids.shape[1])
    known: dict[tuple[int, ...], Tensor] = {}
    for i, row in enumerate(rows):
        if tuple(row) not in known:
            positions: list[list[int]] = [[] for _ in phrases]
            start = 0
            for finder in finders:
                found = finder.find(row[start : start + finder.max_tokens], phrases)
                for j, some in enumerate(found):
                    positions[j] += [start + position for position in some]
                start += finder.max_tokens
            for j, some in enumerate(positions):
                if some:
                    weights[i, j, some] = 1 / len(some)
            known[tuple(row)] = weights[i]
        weights[i] = known[tuple(row)]
    return weights
