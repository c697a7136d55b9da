"""A collection of prompts for a file: each once, each naming its class, each short enough to be read whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.generation.prompts.length import Reader, clip_reads, cut_classes
from mmdatasetdm.generation.prompts.text import MAX_CHARACTERS, find_classes

_WORD = re.compile(r'\w+')


@dataclass(kw_only=True)
class PromptCollection:
    """Takes prompts one by one and says why it leaves one out.

    Args:
        classes: the names to look for; without any, as for depth, every sentence will do (DatasetDM supp. 4.2).
        phrases: other words for a class.
        read: what the text encoder reads of a text (:func:`~mmdatasetdm.generation.prompts.length.reader_of`).
        max_words: longer sentences are left out.
    """

    classes: Sequence[str]
    phrases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    read: Reader = clip_reads
    max_words: int = 40
    prompts: list[Prompt] = field(default_factory=list)
    _known: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, prompt: Prompt) -> str | None:
        """Keep a prompt, whose classes are known; or say in a few words why it is left out."""
        words = tuple(_WORD.findall(prompt.text.lower()))
        if self.classes and not prompt.classes:
            return 'names no class'
        if len(prompt.text.split()) > self.max_words:
            return f'has more than {self.max_words} words (--max-words)'
        if words in self._known:
            return 'is there already'
        self._known.add(words)
        self.prompts.append(prompt)
        return None

    def add_text(self, text: str, *, name: str | None = None) -> str | None:
        """Keep a sentence that was written for the class ``name`` (None: for none), or say why it is left out.

        Unlike :meth:`add` it leaves out what the text encoder would cut.
        """
        text = ' '.join(text.split())
        if len(text) > MAX_CHARACTERS:
            return f'has more than {MAX_CHARACTERS} characters'
        found = find_classes(text, self.classes, self.phrases)
        if name is not None and name not in found:
            return f'does not name {name}'
        if self.read(text) != text:
            return 'is longer than what the text encoder reads'
        return self.add(Prompt(text=text, classes=found))

    def cut(self, prompt: Prompt) -> tuple[str, ...]:
        """The classes of a prompt that stand behind the last token that the text encoder reads."""
        return cut_classes(prompt, self.phrases, self.read)

    def counts(self) -> Counter:
        """How many of the prompts name each class."""
        return Counter(name for prompt in self.prompts for name in prompt.classes)
