"""Prompts: sample id -> text and the classes that the text names.

A prompt is a function of (prompt options, recipe seed, sample id): no state, so any worker can draw any sample's
prompt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import Field

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.options import Text, Whole, build_kind, check
from mmdatasetdm.generation.seeds import sample_rng
from mmdatasetdm.registry import PROMPT_SOURCES


@dataclass(frozen=True)
class Prompt:
    """What the generator is told (``text``), and which classes are to be seen (``classes``)."""

    text: str
    classes: tuple[str, ...]


Texts = Annotated[Sequence[Text], Field(min_length=1)]


class PromptSource(Protocol):
    """``classes``: all that may be prompted; ``phrases``: their other names; ``identity``: what prompts depend on."""

    classes: tuple[str, ...]
    phrases: Mapping[str, Sequence[str]]
    identity: dict

    def __call__(self, sample_id: int) -> Prompt: ...


class ClassDeck:
    """Draws distinct classes so that all of them come up equally often (or in proportion to whole-number ``weights``).

    The samples deal, one after the other, from an endless row of shuffled decks, in which each class has ``weight``
    cards.
    """

    def __init__(self, classes: Sequence[str], *, seed: int, weights: Mapping[str, int] | None = None):
        weights = dict(weights or {})
        for name, weight in weights.items():
            if name not in classes:
                raise UserError(
                    f"recipe: prompts.weights names '{name}', which is not among the classes {', '.join(classes)}"
                )
            check(Whole, weight, where=f'prompts.weights.{name}')
        self.seed = seed
        self.cards = [name for name in classes for _ in range(weights.get(name, 1))]
        self.distinct = len(set(self.cards))
        if not self.cards:
            raise UserError('recipe: prompts: no class to draw from')

    def first(self, sample_id: int) -> tuple[str, int]:
        """The first class of a sample, and how many samples before it have the same first class."""
        block, place = divmod(sample_id, len(self.cards))
        deck = self._deck(block)
        name = deck[place]
        return name, block * deck.count(name) + deck[:place].count(name)

    def deal(self, sample_id: int, most: int) -> tuple[str, ...]:
        """One to ``most`` different classes for one sample, each number equally often.

        All samples deal from one row of decks, so that over any stretch of samples the numbers of two classes differ by
        a card or two. A class with a large weight falls short of it, since it gives way where a sample has it already.
        """
        most = min(most, self.distinct)
        block, place = divmod(sample_id, most)
        counts = list(range(1, most + 1))
        sample_rng(self.seed, block, 'counts').shuffle(counts)
        return self.take(block * sum(counts) + sum(counts[:place]), counts[place], most=most)

    def take(self, start: int, count: int, *, most: int) -> tuple[str, ...]:
        """``count`` different classes from the card number ``start`` on of one endless row of decks.

        Args:
            most: that any sample takes.
        """
        chosen: list[str] = []
        for position in range(start, start + count):
            index, card = divmod(position, len(self.cards))
            deck = self._parted_deck(index, min(most, self.distinct) - 1)
            chosen.append(next(name for name in deck[card:] + deck[:card] if name not in chosen))
        return tuple(chosen)

    def _parted_deck(self, index: int, apart: int) -> list[str]:
        """A deck whose first ``apart`` cards are none of the last ones of the deck before: a sample may deal from both.

        Only cards in front of the last ones change their places, so that no deck depends on more than the one before.
        """
        deck = self._deck(index)
        if not index or not apart or len(deck) < 3 * apart:
            return deck
        before = set(self._deck(index - 1)[-apart:])
        spare = (place for place in range(apart, len(deck) - apart) if deck[place] not in before)
        for place in range(apart):
            if deck[place] in before and (other := next(spare, None)) is not None:
                deck[place], deck[other] = deck[other], deck[place]
        return deck

    def _deck(self, block: int) -> list[str]:
        deck = list(self.cards)
        sample_rng(self.seed, block, 'deck/0').shuffle(deck)
        return deck


def build_prompts(options: Mapping, *, seed: int) -> PromptSource:
    """The prompt source that ``prompts=dict(type=…, …)`` of a recipe describes."""
    return build_kind(PROMPT_SOURCES, options, where='prompts', seed=seed)
