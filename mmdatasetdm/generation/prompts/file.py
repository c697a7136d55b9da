"""Prompts from a file, written by a person, a grammar or a language model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import field

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.options import Names, Text, Whole, checked
from mmdatasetdm.generation.prompts.base import ClassDeck, Prompt, Texts
from mmdatasetdm.generation.prompts.text import parse_line, read_header, read_prompt_lines
from mmdatasetdm.registry import PROMPT_SOURCES
from mmdatasetdm.utils.paths import locate_prompts


@PROMPT_SOURCES.register_module('file')
@checked(frozen=False)
class FilePrompts:
    """Prompts from a file, line ``sample id`` modulo the number of lines (each round with new noise).

    A line is JSON, ``{"text": "a cat on a sofa", "classes": ["cat", "sofa"]}``, or plain text, in which the classes are
    looked for by their names and ``phrases``. The first line may say both for the plain text below it,
    ``{"classes": ["cat", "sofa"], "phrases": {"sofa": ["couch"]}}``, as in the files that come with the package. Empty
    lines do not count.

    Args:
        path: the file, UTF-8, or the name of one that comes with the package: 'voc', 'coco', 'cityscapes', 'nyu',
            'pose' or 'fashion'.
        classes: the names to look for in plain lines, and the only ones a JSON line may have. Default: those of the
            first line; where it says none, as for depth, plain lines name no class (DatasetDM supp. 4.2).
        phrases: other words for a class, e.g. ``dict(tvmonitor=['television'])``; they replace the first line's.
        weights: whole-number weights per class (default 1 each). Where any are given, the classes take turns in
            proportion to them, and each turn takes the next line that names the class; a weight of 0 gives a class no
            turn of its own. Default: the lines in their order.
        seed: the recipe's seed; the order of the classes' turns depends on it, the order of the lines does not.
    """

    path: Text
    classes: Names = ()
    phrases: Mapping[str, Texts] = field(default_factory=dict)
    weights: Mapping[str, Whole] = field(default_factory=dict)
    seed: Whole = 0

    def __post_init__(self):
        lines = read_prompt_lines(locate_prompts(self.path))
        self.phrases = dict(self.phrases)
        if header := read_header(lines[0][1]):
            lines = lines[1:]
            self.classes = tuple(self.classes) or header[0]
            self.phrases = {name: words for name, words in header[1].items() if name in self.classes} | self.phrases
            if not lines:
                raise UserError(f'prompt file {self.path} has no prompt below its first line')
        self.prompts = [
            parse_line(line, self.classes, self.phrases, where=f'{self.path}, line {number}') for number, line in lines
        ]
        named = {name for prompt in self.prompts for name in prompt.classes}
        self.classes = tuple(self.classes) or tuple(sorted(named))
        # with the classes that were found: another version's grammar may find others
        content = json.dumps([(prompt.text, prompt.classes) for prompt in self.prompts])
        digest = hashlib.sha256(content.encode()).hexdigest()[:16]
        self.identity = dict(content=digest, classes=self.classes, phrases=self.phrases)
        self.deck = None
        if self.weights:
            self._weigh(named)

    def _weigh(self, named: set[str]) -> None:
        for name, weight in self.weights.items():
            if weight and name in self.classes and name not in named:
                raise UserError(f"recipe: prompts.weights names '{name}', but no line of {self.path} does")
        unnamed = {name: 0 for name in self.classes if name not in named}
        self.deck = ClassDeck(self.classes, seed=self.seed, weights={**self.weights, **unnamed})
        self.prompts_of = {name: [prompt for prompt in self.prompts if name in prompt.classes] for name in named}
        self.identity['weights'] = dict(self.weights)

    def __len__(self) -> int:
        return len(self.prompts)

    def __call__(self, sample_id: int) -> Prompt:
        if self.deck is None:
            return self.prompts[sample_id % len(self.prompts)]
        name, turn = self.deck.first(sample_id)
        return self.prompts_of[name][turn % len(self.prompts_of[name])]
