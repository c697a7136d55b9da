"""Prompts: sample id -> text and the classes that the text names.

A prompt is a function of (prompt options, recipe seed, sample id): no state, so any worker can draw any sample's
prompt.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from mmdatasetdm import toyroom_captions
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompt_text import Prompt, parse_line, read_prompt_lines
from mmdatasetdm.generation.seeds import sample_rng
from mmdatasetdm.words import join_words, with_article


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
                raise UserError(f"prompts.weights names '{name}', which is not among the classes {', '.join(classes)}")
            if not isinstance(weight, int) or weight < 0:
                raise UserError(f"prompts.weights: '{name}' has {weight!r}; give a whole number, 0 or more")
        self.seed = seed
        self.cards = [name for name in classes for _ in range(weights.get(name, 1))]
        self.distinct = len(set(self.cards))
        if not self.cards:
            raise UserError('prompts: no class to draw from')

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

    def __init__(
        self,
        *,
        classes: Sequence[str],
        templates: Sequence[str] = ('a photo of {objects}',),
        slots: Mapping[str, Sequence[str]] | None = None,
        phrases: Mapping[str, Sequence[str]] | None = None,
        max_classes: int = 2,
        weights: Mapping[str, int] | None = None,
        seed: int = 0,
    ):
        if max_classes < 1:
            raise UserError(f'prompts.max_classes is {max_classes}; it must be 1 or more')
        self.classes = tuple(classes)
        self.templates = tuple(templates)
        self.slots = {name: tuple(values) for name, values in (slots or {}).items()}
        self.phrases = {name: tuple(values) for name, values in (phrases or {}).items()}
        self.max_classes = max_classes
        self.seed = seed
        self.deck = ClassDeck(self.classes, seed=seed, weights=weights)
        for template in self.templates:
            wanted = set(re.findall(r'{(\w*)}', template)) - {'objects'}
            if '{objects}' not in template or wanted - set(self.slots):
                raise UserError(
                    f"prompts.templates: '{template}' needs {{objects}}, and beside it only the names in "
                    f'prompts.slots ({", ".join(self.slots) or "none given"})'
                )
        self.identity = dict(
            classes=self.classes,
            templates=self.templates,
            slots=self.slots,
            phrases=self.phrases,
            max_classes=max_classes,
            weights=dict(weights or {}),
        )

    def __call__(self, sample_id: int) -> Prompt:
        rng = sample_rng(self.seed, sample_id, 'prompt')
        classes = self.deck.draw(sample_id, rng.randint(1, self.max_classes))
        objects = [with_article(rng.choice(self.phrases.get(name, (name,)))) for name in classes]
        words = {name: rng.choice(values) for name, values in self.slots.items()}
        text = rng.choice(self.templates).format(objects=join_words(objects), **words)
        return Prompt(text=' '.join(text.split()), classes=classes)


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

    def __init__(
        self,
        *,
        style: str = 'room',
        classes: Sequence[str] | None = None,
        counts: Sequence[float] = (0.28, 0.36, 0.24, 0.12),
        repeat: float = 0.12,
        colours: float = 0.5,
        near: float | Mapping[str, float] = 0.0,
        weights: Mapping[str, int] | None = None,
        seed: int = 0,
    ):
        if style not in toyroom_captions.STYLES:
            raise UserError(
                f'recipe: prompts.style is {style!r}; known are {", ".join(map(repr, toyroom_captions.STYLES))}'
            )
        things = toyroom_captions.CLASSES[1:]
        self.classes = tuple(things if classes is None else classes)
        for name in self.classes:
            if name not in things:
                raise UserError(
                    f"recipe: prompts.classes: the ToyRoom world has no '{name}'; it has {', '.join(things)}"
                )
        if not counts or min(counts) < 0 or not sum(counts):
            raise UserError(f'recipe: prompts.counts is {counts!r}; give the probabilities of 1, 2, 3, … objects')
        self.style = style
        self.phrases = toyroom_captions.SYNONYMS
        self.counts = tuple(counts)
        self.repeat = repeat
        self.colours = colours
        self.near = self._near_of(near)
        self.seed = seed
        self.deck = ClassDeck(self.classes, seed=seed, weights=weights)
        self.identity = dict(
            style=style,
            classes=self.classes,
            counts=self.counts,
            repeat=repeat,
            colours=colours,
            near=near if isinstance(near, (int, float)) else dict(near),
            weights=dict(weights or {}),
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
        odds = max(self.near[name] for name in names)
        text = toyroom_captions.caption(objects, self.style, rng, near=odds > 0 and rng.random() < odds)
        return Prompt(text=text, classes=tuple(dict.fromkeys(names)))

    def _near_of(self, near: float | Mapping[str, float]) -> dict[str, float]:
        odds = near if isinstance(near, Mapping) else dict.fromkeys(self.classes, near)
        for name, value in odds.items():
            if name not in self.classes:
                raise UserError(
                    f"recipe: prompts.near names '{name}', which is not among the classes {', '.join(self.classes)}"
                )
            if not isinstance(value, (int, float)) or not 0 <= value <= 1:
                where = f"prompts.near of '{name}'" if isinstance(near, Mapping) else 'prompts.near'
                raise UserError(f'recipe: {where} is {value!r}; it is a probability, 0 to 1')
        return {name: odds.get(name, 0) for name in self.classes}


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

    def __init__(
        self,
        *,
        path: str,
        classes: Sequence[str] = (),
        phrases: Mapping[str, Sequence[str]] | None = None,
        seed: int = 0,
    ):
        self.path = Path(path)
        self.phrases = dict(phrases or {})
        self.prompts = [
            parse_line(line, classes, self.phrases, where=f'{path}, line {number}')
            for number, line in read_prompt_lines(self.path)
        ]
        self.classes = tuple(classes) or tuple(sorted({name for prompt in self.prompts for name in prompt.classes}))
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
    if kind not in PROMPT_TYPES:
        raise UserError(f'recipe: prompts.type is {kind!r}; known are {", ".join(map(repr, PROMPT_TYPES))}')
    return build(PROMPT_TYPES[kind], options, where=f"prompts (type '{kind}')", seed=seed)


def build(cls: type, options: Mapping, *, where: str, **given):
    """``cls(**options)`` with a person's misspelling told in one line."""
    parameters = inspect.signature(cls).parameters
    known = [name for name in parameters if name not in given]
    for name in options:
        if name not in known:
            raise UserError(f"recipe: {where} has no option '{name}'; known are {', '.join(known) or 'none'}")
    for name in known:
        if parameters[name].default is inspect.Parameter.empty and name not in options:
            raise UserError(f"recipe: {where} needs '{name}'")
    return cls(**options, **given)
