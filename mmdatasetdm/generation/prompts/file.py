"""Prompts from a file, written by a person or a language model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from mmdatasetdm.generation.options import Names, Text, Whole, checked
from mmdatasetdm.generation.prompts.base import Prompt, Texts
from mmdatasetdm.generation.prompts.text import parse_line, read_prompt_lines
from mmdatasetdm.registry import PROMPT_SOURCES


@PROMPT_SOURCES.register_module('file')
@checked(frozen=False)
class FilePrompts:
    """Prompts from a file, line ``sample id`` modulo the number of lines (each round with new noise).

    A line is JSON, ``{"text": "a cat on a sofa", "classes": ["cat", "sofa"]}``, or plain text, in which the classes are
    looked for by their names and ``phrases``. Empty lines do not count.

    Args:
        path: the file, UTF-8.
        classes: the names to look for in plain lines, and the only ones a JSON line may have. Without, as for depth,
            plain lines name no class (DatasetDM supp. 4.2).
        phrases: other words for a class, e.g. ``dict(tvmonitor=['television'])``.
        seed: the recipe's seed; the order of the file does not depend on it.
    """

    path: Text
    classes: Names = ()
    phrases: Mapping[str, Texts] = field(default_factory=dict)
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
