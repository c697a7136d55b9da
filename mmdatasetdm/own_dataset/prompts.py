"""The prompts that go with a person's classes: sentences of the grammar, in a file that the recipe names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.generation.prompts.collect import PromptCollection
from mmdatasetdm.generation.prompts.grammar import entry_of, load_grammar, write_sentences
from mmdatasetdm.generation.prompts.length import reader_of
from mmdatasetdm.generation.prompts.text import find_classes, plain_file
from mmdatasetdm.utils.text import with_article

_SENTENCES, _MOST = 100, 2000  # of each class, and of all where there are many
_FEWEST = 20
# themes with sentences of their own: what most of the classes must be in
_THEMES = ('cityscapes', 'fashion', 'nyu')
_PART, _COUNT = 0.4, 4  # of the classes, and so many of them


@dataclass(frozen=True, kw_only=True)
class PromptFile:
    """Prompts for a list of classes.

    Attributes:
        text: of the file.
        count: of prompts.
        theme: the grammar's, as tools/prompts.py takes it; None: the general one.
    """

    text: str
    count: int
    theme: str | None


def prompt_file(
    names: Sequence[str],
    *,
    words: Mapping[str, str],
    given: Mapping[str, str],
    every: Sequence[str],
    generator: str,
    theme: str | None = None,
) -> PromptFile:
    """Sentences for each of the classes.

    Args:
        names: the classes that prompts name.
        words: how each is said in plain English.
        given: words that the person gave: no others are used for these classes.
        every: the words of all classes of the data set.
        theme: of the grammar; None: the one that knows most of ``every``.
        generator: whose text encoder is to read the prompts.
    """
    theme = theme or theme_of(every)
    # the grammar knows classes by their plain words; where two have one word, by their names
    said = {name: words[name] if list(words.values()).count(words[name]) == 1 else name for name in names}
    nouns = {words[name]: [words[name]] for name in names if name in given}
    number = max(_FEWEST, min(_SENTENCES, _MOST // len(names)))
    sentences: list[str] = []
    read = reader_of(generator)
    # a short text encoder, as the built-in generator's, may read few sentences of a theme, and more of the general ones
    for one in dict.fromkeys((theme, None)):
        tried = load_grammar(one, classes=list(said.values()), nouns=nouns)
        collection = PromptCollection(classes=tried.classes, phrases=tried.phrases, read=read)
        with suppress(UserError):
            write_sentences(tried, collection, num=number)
        if not sentences or len(collection.prompts) > len(sentences):
            grammar, theme, sentences = tried, one, [prompt.text for prompt in collection.prompts]
        if len(sentences) == number * len(names):
            break
    if len(sentences) < len(names):  # words that no English sentence takes
        sentences = [f'a photo of {with_article(said[name])}' for name in names]
    phrases = {
        name: list(
            dict.fromkeys(word for word in (said[name], *grammar.phrases[said[name]]) if word.lower() != name.lower())
        )
        for name in names
    }
    prompts = [Prompt(text=text, classes=find_classes(text, names, phrases)) for text in sentences]
    prompts = [prompt for prompt in prompts if prompt.classes]
    unnamed = [name for name in names if not any(name in prompt.classes for prompt in prompts)]
    if unnamed:
        raise UserError(f'no prompt can name the class {unnamed[0]}: give another word, --word {unnamed[0]}=WORD')
    return PromptFile(text=plain_file(prompts, names, phrases), count=len(prompts), theme=theme)


def is_person(name: str) -> bool:
    """Whether a class is a person by another name: 'human', 'pedestrian'."""
    return entry_of(name, load_grammar(classes=['x']).files[-1]['aliases']) == 'person'


def theme_of(words: Sequence[str]) -> str | None:
    """The grammar's theme that knows most of the classes; None: none knows enough of them."""
    aliases = load_grammar(classes=['x']).files[-1]['aliases']
    for theme in _THEMES:
        known = {entry_of(name, aliases) for name in load_grammar(theme).classes}
        count = sum(entry_of(word, aliases) in known for word in words)
        if count >= _COUNT and count >= _PART * len(words):
            return theme
    return None
