"""Prompts: sample id -> text and the classes that the text names.

A prompt is a function of (prompt options, recipe seed, sample id): no state, so any worker can draw any sample's
prompt.
"""

from __future__ import annotations

import hashlib
import json
import string
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import Field, SkipValidation

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.options import (
    Count,
    Names,
    NotNegative,
    Probability,
    Text,
    Whole,
    build,
    check,
    checked,
    choose,
    shown,
)
from mmdatasetdm.generation.prompts.text import Prompt, parse_line, read_prompt_lines
from mmdatasetdm.generation.seeds import sample_rng
from mmdatasetdm.toyroom import captions as toyroom_captions
from mmdatasetdm.utils.text import join_words, with_article

Wordings = Annotated[Sequence[Text], Field(min_length=1)]


class PromptSource(Protocol):
    """``classes``: all that may be prompted; ``phrases``: their other names; ``identity``: what prompts depend on."""

    classes: tuple[str, ...]
    phrases: Mapping[str, Sequence[str]]
    identity: dict

    def __call__(self, sample_id: int) -> Prompt: ...


class ClassDeck:
    """Draws distinct classes so that all of them come up equally often (or in proportion to whole-number ``weights``).

    Each slot of a sample (first class, second class, ...) deals from its own endless row of shuffled decks; the sample
    id is the position in that row. So every ``sum(weights)`` consecutive samples see each class in the first slot
    exactly ``weight`` times.
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

    def draw(self, sample_id: int, count: int) -> tuple[str, ...]:
        """``count`` different classes (fewer where there are not so many) for one sample."""
        chosen: list[str] = []
        for slot in range(min(count, self.distinct)):
            block, place = divmod(sample_id, len(self.cards))
            deck = list(self.cards)
            sample_rng(self.seed, block, f'deck/{slot}').shuffle(deck)
            # A class that the sample has already gives way to the next card of the same deck.
            chosen.append(next(name for name in deck[place:] + deck[:place] if name not in chosen))
        return tuple(chosen)


@checked(frozen=False)
class TemplatePrompts:
    """Sentences from templates: ``'a photo of {objects} {place}'``.

    Args:
        classes: the classes to draw from, each equally often.
        templates: sentences with ``{objects}``, and with any of the names in ``slots``.
        slots: what may stand in the other places, e.g. ``dict(place=['on a street', 'at home'])``.
        phrases: how a class is said, e.g. ``dict(tvmonitor=['television', 'tv monitor'])``; default: its own name.
        max_classes: one to so many different classes in a sentence, each number equally often.
        weights: whole-number weights per class (default 1 each).
        seed: the recipe's seed.
    """

    classes: Names
    templates: Wordings = ('a photo of {objects}',)
    slots: Mapping[Text, Wordings] = field(default_factory=dict)
    phrases: Mapping[str, Wordings] = field(default_factory=dict)
    max_classes: Count = 2
    weights: Mapping[str, Whole] = field(default_factory=dict)
    seed: Whole = 0

    def __post_init__(self):
        self.classes = tuple(self.classes)
        self.templates = tuple(self.templates)
        self.slots = {name: tuple(values) for name, values in self.slots.items()}
        self.phrases = {name: tuple(values) for name, values in self.phrases.items()}
        self.deck = ClassDeck(self.classes, seed=self.seed, weights=self.weights)
        for template in self.templates:
            wanted = places(template)
            if wanted is None or 'objects' not in wanted or wanted - {'objects', *self.slots}:
                raise UserError(
                    f'recipe: prompts.templates: {shown(template)} needs {{objects}}, and beside it only the names in '
                    f'prompts.slots ({", ".join(self.slots) or "none given"})'
                )
        self.identity = dict(
            classes=self.classes,
            templates=self.templates,
            slots=self.slots,
            phrases=self.phrases,
            max_classes=self.max_classes,
            weights=dict(self.weights),
        )

    def __call__(self, sample_id: int) -> Prompt:
        rng = sample_rng(self.seed, sample_id, 'prompt')
        classes = self.deck.draw(sample_id, rng.randint(1, self.max_classes))
        objects = [with_article(rng.choice(self.phrases.get(name, (name,)))) for name in classes]
        words = {name: rng.choice(values) for name, values in self.slots.items()}
        text = rng.choice(self.templates).format(objects=join_words(objects), **words)
        return Prompt(text=' '.join(text.split()), classes=classes)


def places(template: str) -> set[str] | None:
    """The names in braces; None where there is more than a name in them, or a brace is alone."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        return None
    if any(spec or conversion for _, name, spec, conversion in parts if name is not None):
        return None
    return {name for _, name, _, _ in parts if name is not None}


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
        if self.style not in toyroom_captions.STYLES:
            known = ', '.join(map(repr, toyroom_captions.STYLES))
            raise UserError(f'recipe: prompts.style is {shown(self.style)}; known are {known}')
        things = toyroom_captions.CLASSES[1:]
        self.classes = tuple(things if self.classes is None else self.classes)
        for name in self.classes:
            if name not in things:
                raise UserError(
                    f"recipe: prompts.classes: the ToyRoom world has no '{name}'; it has {', '.join(things)}"
                )
        if not sum(self.counts):
            raise UserError(f'recipe: prompts.counts is {self.counts!r}; one of them must be above 0')
        self.phrases = toyroom_captions.SYNONYMS
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
        objects = [
            (name, rng.choice(toyroom_captions.COLOURS) if rng.random() < self.colours else None) for name in names
        ]
        odds = max(self.odds[name] for name in names)
        text = toyroom_captions.caption(objects, self.style, rng, near=odds > 0 and rng.random() < odds)
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


@checked(frozen=False)
class FilePrompts:
    """Prompts from a file, line ``sample id`` modulo the number of lines (each round with new noise).

    A line is JSON, ``{"text": "a cat on a sofa", "classes": ["cat", "sofa"]}``, or plain text, in which the classes are
    looked for by their names and ``phrases``. Empty lines do not count.

    Args:
        path: the file, UTF-8.
        classes: the names to look for in plain lines, and the only ones a JSON line may have. Without, as for depth,
            plain lines name no class (DatasetDM supp 4.2).
        phrases: other words for a class, e.g. ``dict(tvmonitor=['television'])``.
        seed: the recipe's seed; the order of the file does not depend on it.
    """

    path: Text
    classes: Names = ()
    phrases: Mapping[str, Wordings] = field(default_factory=dict)
    seed: Whole = 0

    def __post_init__(self):
        self.phrases = dict(self.phrases)
        self.prompts = [
            parse_line(line, self.classes, self.phrases, where=f'{self.path}, line {number}')
            for number, line in read_prompt_lines(Path(self.path))
        ]
        named = {name for prompt in self.prompts for name in prompt.classes}
        self.classes = tuple(self.classes) or tuple(sorted(named))
        # with the classes that were found: another version's grammar may find others
        content = json.dumps([(prompt.text, prompt.classes) for prompt in self.prompts])
        digest = hashlib.sha256(content.encode()).hexdigest()[:16]
        self.identity = dict(content=digest, classes=self.classes, phrases=self.phrases)

    def __len__(self) -> int:
        return len(self.prompts)

    def __call__(self, sample_id: int) -> Prompt:
        return self.prompts[sample_id % len(self.prompts)]


PROMPT_TYPES = dict(template=TemplatePrompts, file=FilePrompts, toyroom=ToyRoomPrompts)


def build_prompts(options: Mapping, *, seed: int) -> PromptSource:
    """The prompt source that ``prompts=dict(type=…, …)`` of a recipe describes."""
    options = dict(options)
    kind = options.pop('type', None)
    return build(choose(PROMPT_TYPES, kind, where='prompts'), options, where='prompts', kind=kind, seed=seed)
