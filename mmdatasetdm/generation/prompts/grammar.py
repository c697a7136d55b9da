"""Sentences from a grammar of things, attributes, numbers, places, views and lights, without any model.

The words are in ``mmdatasetdm/assets/grammar``: ``common.json`` for all, and a file for each theme (a data set). A file
holds rules, kinds of classes and classes; each is a table of symbols. A symbol's choices are separated by ``|``, and
``{name}`` in a choice stands for a choice of the symbol ``name``: that of the class, or of its kind, or of the rules.
``{thing}`` is the class itself, ``{other}`` one of those in ``with``, and ``{other_x}`` one of those in ``with_x``.
So what a dog does and where is said once for pets, and a class that nobody described is still shown in many ways.
"""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompts.collect import PromptCollection
from mmdatasetdm.generation.prompts.text import english
from mmdatasetdm.generation.seeds import sample_rng
from mmdatasetdm.utils.io import read_json

FOLDER = Path(__file__).resolve().parents[2] / 'assets' / 'grammar'
THEMES = ('voc', 'coco', 'cityscapes', 'nyu', 'pose', 'fashion')
TRIES = 400  # sentences drawn for one that is new
DEPTH = 12  # of rules in rules; the deepest of ours is 6
Symbols = Mapping[str, str | list[str]]

_SYMBOL = re.compile(r'\{(\w+)\}')
_NEAR = re.compile(r'\b(?:beside|next to|near|nearby)\b')
_TWICE = re.compile(r'\b([\w-]+) and \1\b')
_ARTICLE = re.compile(r'\ban?(?= (\w[\w-]*))')


class _NoSuchThingError(Exception):
    """A choice that this list of classes cannot fill; another one is drawn."""


@dataclass(frozen=True, kw_only=True)
class Grammar:
    """English descriptions of pictures that show a class.

    Args:
        classes: all that may be named.
        files: the tables, the most special first (:func:`load_grammar`).
        nouns: how a class is called, where not as the tables say.
    """

    classes: tuple[str, ...]
    files: tuple[Mapping[str, Any], ...]
    nouns: Mapping[str, Sequence[str]]

    @property
    def phrases(self) -> dict[str, tuple[str, ...]]:
        """All other words for each class, as :func:`~mmdatasetdm.generation.prompts.text.find_classes` takes them."""
        found = {}
        for name in self.classes:
            words = [*self.nouns.get(name, ()), *self._choices('noun', name), *self._choices('also', name)]
            plain = dict.fromkeys(word for word in words if word and '{' not in word and word != name)
            found[name] = tuple(plain)
        return found

    def spoken(self, name: str) -> str:
        """A class name in words: 'diningtable' -> 'dining table'."""
        entry = self._entry(name)
        return entry if entry in self.phrases[name] else spoken(name)

    def sentence(self, name: str, rng: random.Random) -> str:
        """A description that names ``name``, without capital letter and full stop."""
        for _ in range(TRIES):
            try:
                text = tidy(self._expand('sentence', name, rng))
            except _NoSuchThingError:
                continue
            # neither 'a dog beside a car beside a lake', nor 'a red and red kite', nor ', with curtains, with a cat'
            if len(_NEAR.findall(text)) < 2 and not _TWICE.search(text) and text.count(', with ') < 2:
                return text
        raise UserError(f'the grammar has no sentence for the class {name} among {", ".join(self.classes)}')

    def _expand(self, symbol: str, name: str, rng: random.Random, depth: int = 0) -> str:
        if symbol == 'thing':
            return self._noun_phrase(name, rng, depth)
        if symbol == 'other' or symbol.startswith('other_'):
            with_symbol = symbol.replace('other', 'with', 1)
            return self._noun_phrase(self._companion(name, rng, with_symbol), rng, depth)
        choices = self._choices(symbol, name)
        if depth > DEPTH or not choices:
            why = 'leads back to itself' if choices else 'has no choices'
            raise UserError(f"the grammar's rule {{{symbol}}}, used for the class {name}, {why}")
        parts = _SYMBOL.split(rng.choice(choices))  # text, symbol, text, symbol, ..., text
        return ''.join(self._expand(part, name, rng, depth + 1) if i % 2 else part for i, part in enumerate(parts))

    def _noun_phrase(self, name: str, rng: random.Random, depth: int) -> str:
        """'a red car', 'two small dogs', 'a flock of sheep', 'blue sky'."""
        number = self._expand('number', name, rng, depth + 1)
        look = self._expand('look', name, rng, depth + 1)
        if name in self.nouns:
            noun = rng.choice(list(self.nouns[name]))
        else:
            noun = self._expand('noun', name, rng, depth + 1) if self._choices('noun', name) else spoken(name)
        if number == 'mass' or is_plural(noun):
            return f'{look} {noun}'
        return f'a {look} {noun}' if number == 'one' else f'{number} {look} {plural(noun)}'

    def _companion(self, name: str, rng: random.Random, symbol: str) -> str:
        suitable = {self._entry(other) for other in self._choices(symbol, name) if other}
        others = [other for other in self.classes if other != name and self._entry(other) in suitable]
        if not others:
            raise _NoSuchThingError
        return rng.choice(others)

    def _choices(self, symbol: str, name: str) -> tuple[str, ...]:
        return _choices(tuple(map(_Same, self.files)), symbol, name, self._entry(name))

    def _entry(self, name: str) -> str:
        return entry_of(name, self.files[-1].get('aliases', {}))


class _Same:
    """A table as a key of a cache: it is never changed."""

    def __init__(self, table: Mapping):
        self.table = table

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.table is other.table

    def __hash__(self) -> int:
        return id(self.table)


@functools.lru_cache(maxsize=65536)
def _choices(files: tuple[_Same, ...], symbol: str, name: str, entry: str) -> tuple[str, ...]:
    """The choices of a symbol for a class, () where it is nowhere."""
    tables = [file.table for file in files]
    classes = [table.get('classes', {}).get(key, {}) for table in tables for key in dict.fromkeys((name, entry))]
    mass = spoken(name).split()[-1:] and not any(classes) and _is_mass(spoken(name), tables[-1])
    kind = next((found['kind'] for found in classes if 'kind' in found), 'stuff' if mass else 'thing')
    kinds = [table.get('kinds', {}).get(kind, {}) for table in tables]
    for found in (*classes, *kinds, *(table.get('rules', {}) for table in tables)):
        if symbol in found:
            texts = [found[symbol]] if isinstance(found[symbol], str) else found[symbol]
            return tuple(choice.strip() for text in texts for choice in text.split('|'))
    return ()


def _is_mass(noun: str, table: Mapping) -> bool:
    """Whether a noun has neither article nor plural: 'grass', 'dry sand'."""
    words = noun.lower().split()
    masses = table.get('mass', '').split('|')
    return noun.lower() in masses or (bool(words) and words[-1] in masses)


def spoken(name: str) -> str:
    """A class name as it is said: 'traffic_light' -> 'traffic light'."""
    return ' '.join(re.split(r'[\s_]+', name.strip()))


def entry_of(name: str, aliases: Mapping[str, str]) -> str:
    """The name under which a class stands in the tables: 'motorbike' -> 'motorcycle'."""
    plain = re.sub(r'[\s_-]+', ' ', name.strip().lower())
    return aliases.get(plain, plain)


@functools.lru_cache(maxsize=8192)
def plural(noun: str) -> str:
    return english().plural_noun(noun)


@functools.lru_cache(maxsize=8192)
def is_plural(noun: str) -> bool:
    """Whether a noun is a plural already: 'leaves', 'jeans'; not 'bus', 'glass' or 'sheep'."""
    if not noun.endswith('s') or noun.endswith(('ss', 'us', 'is')):
        return False
    singular = english().singular_noun(noun)
    return bool(singular) and english().plural_noun(singular) == noun


@functools.lru_cache(maxsize=8192)
def article(word: str) -> str:
    """'a' or 'an', by how the word sounds: 'an hour', 'a one-way street'."""
    return english().a(word).split()[0]


def tidy(text: str) -> str:
    """One blank between words, commas behind words, and the articles that the next words want."""
    text = re.sub(r'\s*,(?:\s*,)*', ',', ' '.join(text.split())).strip(' ,')
    return _ARTICLE.sub(lambda match: article(match[1]), text)


def load_grammar(
    theme: str | None = None,
    *,
    classes: Sequence[str] | None = None,
    nouns: Mapping[str, Sequence[str]] | None = None,
    words: Path | None = None,
) -> Grammar:
    """The grammar of a theme, or of any list of classes.

    Args:
        theme: one of ``THEMES``; None for a list of classes of one's own.
        classes: the names; default: the theme's, or those of ``words``.
        nouns: how a class is called, where not as the tables say.
        words: a JSON file of further tables, which come before the shipped ones; ``docs/prompts.md`` shows one.
    Raises:
        UserError: an unknown theme, no classes, or a file that is no such table.
    """
    names = []
    if words is not None:
        names.append(words)
    if theme is not None:
        if theme not in THEMES:
            raise UserError(f"there is no grammar '{theme}'; there are {', '.join(THEMES)}")
        names.append(FOLDER / f'{theme}.json')
    files = [_table(path) for path in names]
    files += [_table(FOLDER / f'{base}.json') for file in files if (base := file.get('base')) in ('clothes',)]
    chosen = tuple(classes or next((tuple(file['classes']) for file in files if file.get('classes')), ()))
    if not chosen:
        raise UserError('no classes are named; give a data set, --classes or --recipe')
    return Grammar(classes=chosen, files=(*files, _table(FOLDER / 'common.json')), nouns=dict(nouns or {}))


@functools.lru_cache(maxsize=32)
def _table(path: Path) -> Mapping[str, Any]:
    advice = 'docs/prompts.md shows what such a file holds'
    try:
        table = read_json(path, dict[str, Any], advice=advice)
    except OSError as error:
        raise UserError(f'the words {path} cannot be read: {error.strerror}') from None
    for part in ('kinds', 'classes', 'rules'):
        content = table.get(part, {})
        tables = [content] if part == 'rules' else list(content.values()) if isinstance(content, dict) else [None]
        for symbols in tables:
            if not isinstance(symbols, dict) or not all(map(_is_choices, symbols.values())):
                raise UserError(f'{path}: "{part}" is no table of symbols and choices; {advice}')
    return table


def _is_choices(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(text, str) for text in value))


def write_sentences(grammar: Grammar, collection: PromptCollection, *, num: int, seed: int = 0) -> None:
    """Put ``num`` sentences for each class into ``collection``, class after class, so that any beginning is balanced.

    Raises:
        UserError: the grammar has not so many different sentences that name a class and are short enough.
    """
    for number in range(num):
        for name in grammar.classes:
            rng = sample_rng(seed, number, f'grammar/{name}')
            reasons = [collection.add_text(grammar.sentence(name, rng), name=name)]
            while reasons[-1] is not None:
                if len(reasons) == TRIES:
                    raise UserError(
                        f'the grammar found only {number} different prompts for the class {name} (the last sentence '
                        f'{reasons[-1]}); give a smaller --num, or more words for it (--words)'
                    )
                reasons.append(collection.add_text(grammar.sentence(name, rng), name=name))
