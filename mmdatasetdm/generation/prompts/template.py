"""Prompts from templates and lists of words."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import field

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.options import Count, Names, Text, Whole, checked, shown
from mmdatasetdm.generation.prompts.base import ClassDeck, Prompt, Texts
from mmdatasetdm.generation.seeds import sample_rng
from mmdatasetdm.registry import PROMPT_SOURCES
from mmdatasetdm.utils.text import join_words, with_article


@PROMPT_SOURCES.register_module('template')
@checked(frozen=False)
class TemplatePrompts:
    """Sentences from templates: ``'a photo of {classes} {place}'``.

    Args:
        classes: the classes to draw from, each equally often.
        templates: sentences with ``{classes}``, and with any of the names in ``slots``.
        slots: what may stand in the other places, e.g. ``dict(place=['on a street', 'at home'])``.
        phrases: how a class is said, e.g. ``dict(tvmonitor=['television', 'tv monitor'])``; default: its own name.
        max_classes: one to so many different classes in a sentence, each number equally often.
        weights: whole-number weights per class (default 1 each).
        seed: the recipe's seed.
    """

    classes: Names
    templates: Texts = ('a photo of {classes}',)
    slots: Mapping[Text, Texts] = field(default_factory=dict)
    phrases: Mapping[str, Texts] = field(default_factory=dict)
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
            wanted = placeholders(template)
            if wanted is None or 'classes' not in wanted or wanted - {'classes', *self.slots}:
                raise UserError(
                    f'recipe: prompts.templates: {shown(template)} needs {{classes}}, and beside it only the names in '
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
        classes = self.deck.deal(sample_id, self.max_classes)
        named = [with_article(rng.choice(self.phrases.get(name, (name,)))) for name in classes]
        words = {name: rng.choice(values) for name, values in self.slots.items()}
        text = rng.choice(self.templates).format(classes=join_words(named), **words)
        return Prompt(text=' '.join(text.split()), classes=classes)


def placeholders(template: str) -> set[str] | None:
    """The names in braces; None where there is more than a name in them, or a brace is alone."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        return None
    if any(spec or conversion for _, name, spec, conversion in parts if name is not None):
        return None
    return {name for _, name, _, _ in parts if name is not None}
