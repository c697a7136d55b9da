"""Prompts in the words of the ToyRoom world's captions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
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
        classes: the classes to draw from (default: all objects of the world), each equally often.
        counts: the probabilities of 1, 2, 3, ... objects in a caption; the default is that of the rendered scenes.
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
        count = rng.choices(range(1, len(self.counts) + 1), self.counts)[0]
        fresh = iter(self.deck.draw(sample_id, count))
        names = [next(fresh)]
        while len(names) < count:
            # at most three of a class, as in the rendered scenes
            again = rng.random() < self.repeat and names.count(names[-1]) < 3
            name = names[-1] if again else next(fresh, None)
            if name is None:
                break
            names.append(name)
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
