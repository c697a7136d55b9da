"""Prompts in the words of the ToyRoom world's captions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from itertools import accumulate
from typing import Annotated

from pydantic import Field, SkipValidation

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.options import Names, NotNegative, Probability, Whole, check, checked, shown
from mmdatasetdm.generation.prompts.base import ClassDeck, Prompt
from mmdatasetdm.generation.seeds import sample_rng
from mmdatasetdm.registry import PROMPT_SOURCES
from mmdatasetdm.toyroom import captions


@PROMPT_SOURCES.register_module('toyroom')
@checked(frozen=False)
class ToyRoomPrompts:
    """Captions of the ToyRoom world, by the grammar that captioned the generator's training images.

    Args:
        style: 'room' or 'street'.
        classes: the classes to draw from (default: all objects of the world), each equally often: over any stretch of
            samples the numbers of captions with one or the other differ by a few.
        counts: the probabilities of 1, 2, 3, ... objects in a caption, which hold exactly over every 1000 samples; the
            default is that of the rendered scenes.
        repeat: the probability that an object is of the class of the one before it ("two balls").
        colours: the probability that an object's colour is said.
        near: the probability that the camera is said to be near (the objects are then large); or one for each class, of
            which the largest among the caption's classes counts (a class that is not named has 0).
        weights: whole-number weights per class (default 1 each).
        seed: the recipe's seed.
    """

    style: str = 'room'
    classes: Names | None = None
    counts: Annotated[Sequence[NotNegative], Field(min_length=1)] = (0.28, 0.36, 0.24, 0.12)
    repeat: Probability = 0.12
    colours: Probability = 0.5
    near: SkipValidation[float | Mapping[str, float]] = 0.0
    weights: Mapping[str, Whole] = field(default_factory=dict)
    seed: Whole = 0

    def __post_init__(self):
        if self.style not in captions.STYLES:
            known = ', '.join(map(repr, captions.STYLES))
            raise UserError(f'recipe: prompts.style is {shown(self.style)}; known are {known}')
        things = captions.CLASSES[1:]
        self.classes = tuple(things if self.classes is None else self.classes)
        for name in self.classes:
            if name not in things:
                raise UserError(
                    f"recipe: prompts.classes: the ToyRoom world has no '{name}'; it has {', '.join(things)}"
                )
        if not sum(self.counts):
            raise UserError(f'recipe: prompts.counts is {self.counts!r}; one of them must be above 0')
        self.phrases = captions.SYNONYMS
        self.counts = tuple(self.counts)
        self.odds = self._odds()
        self.deck = ClassDeck(self.classes, seed=self.seed, weights=self.weights)
        self.numbers = numbers_of_objects(self.counts, self.repeat, classes=self.deck.distinct)
        self.identity = dict(
            style=self.style,
            classes=self.classes,
            counts=self.counts,
            repeat=self.repeat,
            colours=self.colours,
            near=dict(self.near) if isinstance(self.near, Mapping) else self.near,
            weights=dict(self.weights),
        )

    def __call__(self, sample_id: int) -> Prompt:
        rng = sample_rng(self.seed, sample_id, 'prompt')
        block, place = divmod(sample_id, len(self.numbers))
        numbers, before = _shuffled(self.numbers, self.seed, block)
        count = len(numbers[place])
        drawn = self.deck.take(block * before[-1] + before[place], count, most=max(map(len, numbers)))
        names = [name for name, times in zip(drawn, numbers[place], strict=True) for _ in range(times)]
        objects = [(name, rng.choice(captions.COLOURS) if rng.random() < self.colours else None) for name in names]
        odds = max(self.odds[name] for name in names)
        text = captions.caption(objects, self.style, rng, near=odds > 0 and rng.random() < odds)
        return Prompt(text=text, classes=tuple(dict.fromkeys(names)))

    def _odds(self) -> dict[str, float]:
        """``near`` by class."""
        if not isinstance(self.near, Mapping):
            return dict.fromkeys(self.classes, check(Probability, self.near, where='prompts.near'))
        for name, value in self.near.items():
            if name not in self.classes:
                raise UserError(
                    f"recipe: prompts.near names '{name}', which is not among the classes {', '.join(self.classes)}"
                )
            check(Probability, value, where=f'prompts.near.{name}')
        return {name: self.near.get(name, 0) for name in self.classes}


@lru_cache(maxsize=4)
def _shuffled(
    numbers: tuple[tuple[int, ...], ...], seed: int, block: int
) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    """A block's numbers in their order, and how many classes those before each have; the last one: all together."""
    order = list(numbers)
    sample_rng(seed, block, 'numbers').shuffle(order)
    return order, tuple(accumulate(map(len, order), initial=0))


def numbers_of_objects(
    counts: Sequence[float], repeat: float, *, classes: int, most: int = 3, block: int = 1000
) -> tuple[tuple[int, ...], ...]:
    """How many objects of each of its classes a caption has, for a block of captions: (1, 2) is one object of a class
    and two of another.

    The block keeps to the probabilities exactly, so that all blocks have as many classes in all, and the row of cards
    that a caption draws its classes from is known without looking at those before it.

    Args:
        counts, repeat: as of :class:`ToyRoomPrompts`.
        classes: how many there are; a caption has no more.
        most: objects of one class, as in the rendered scenes.
    """
    chances: dict[tuple[int, ...], float] = {(1,): 1.0}
    shares: dict[tuple[int, ...], float] = {}
    for count in counts:
        for numbers, chance in chances.items():
            kept = numbers[:classes]
            shares[kept] = shares.get(kept, 0.0) + chance * count / sum(counts)
        longer: dict[tuple[int, ...], float] = {}
        for numbers, chance in chances.items():
            again = repeat if numbers[-1] < most else 0.0
            longer[(*numbers[:-1], numbers[-1] + 1)] = chance * again
            longer[(*numbers, 1)] = chance * (1 - again)
        chances = {numbers: chance for numbers, chance in longer.items() if chance > 0.01 / block}
    # the largest remainders are rounded up
    whole = {numbers: int(block * share) for numbers, share in shares.items()}
    rest = sorted(shares, key=lambda numbers: whole[numbers] - block * shares[numbers])
    for numbers in rest[: block - sum(whole.values())]:
        whole[numbers] += 1
    return tuple(numbers for numbers, times in whole.items() for _ in range(times))
