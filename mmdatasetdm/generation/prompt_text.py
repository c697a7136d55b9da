"""Text of prompts: files of them, the classes that a sentence names, and a little English grammar."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmdatasetdm.errors import UserError


@dataclass(frozen=True)
class Prompt:
    """What the generator is told (``text``), and which classes are to be seen (``classes``)."""

    text: str
    classes: tuple[str, ...]


def read_prompt_lines(path: Path) -> list[str]:
    """The non-empty lines of a prompt file. UserError: missing, empty, not UTF-8 text."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f'prompt file {path} cannot be read: {error.strerror}') from None
    try:
        text = data.decode('utf-8-sig')
    except UnicodeDecodeError:
        text = '\0'
    if '\0' in text:
        raise UserError(
            f'prompt file {path} is not UTF-8 text; give one prompt a line, plain or as {{"text": …, "classes": […]}}'
        )
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise UserError(f'prompt file {path} is empty; give one prompt a line')
    return lines


def parse_line(line: str, classes: Sequence[str], phrases: Mapping[str, Sequence[str]], *, where: str) -> Prompt:
    """One line of a prompt file."""
    if not line.startswith('{'):
        return Prompt(text=line, classes=find_classes(line, classes, phrases))
    try:
        entry = json.loads(line)
        text, names = entry['text'], tuple(entry['classes'])
    except (json.JSONDecodeError, KeyError, TypeError):
        raise UserError(f'{where} is not {{"text": "…", "classes": ["…"]}}: {line[:80]}') from None
    if not isinstance(text, str) or not text.strip():
        raise UserError(f'{where} has no text: {line[:80]}')
    for name in names:
        if classes and name not in classes:
            raise UserError(f"{where} names the class '{name}', which is not among {', '.join(classes)}")
    return Prompt(text=text, classes=names)


def find_classes(text: str, classes: Sequence[str], phrases: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The classes that a sentence names, in its order: whole words, singular or plural, longer phrases first."""
    wordings = sorted(
        ((word.lower(), name) for name in classes for word in (name, *phrases.get(name, ()))),
        key=lambda pair: (-len(pair[0]), pair),
    )
    rest = text.lower()
    found: dict[str, int] = {}
    for word, name in wordings:
        forms = '|'.join(re.escape(form) for form in dict.fromkeys((plural(word), word)))
        for match in re.finditer(rf'\b(?:{forms})\b', rest):
            found[name] = min(found.get(name, match.start()), match.start())
            rest = rest[: match.start()] + '\0' * len(match.group()) + rest[match.end() :]
    return tuple(sorted(found, key=found.__getitem__))


def plural(word: str) -> str:
    """English plural, well enough for class names."""
    irregular = {'person': 'people', 'sheep': 'sheep', 'man': 'men', 'woman': 'women', 'knife': 'knives'}
    head, _, last = word.rpartition(' ')
    if last in irregular:
        last = irregular[last]
    elif last.endswith(('s', 'x', 'ch', 'sh')):
        last += 'es'
    elif last.endswith('y') and last[-2:-1] not in 'aeiou':
        last = last[:-1] + 'ies'
    else:
        last += 's'
    return f'{head} {last}'.strip()


def clean_line(line: str) -> str:
    """A line as language models write it, without list mark, number and quotation marks."""
    line = re.sub(r'^\s*(?:[-*•]|\(?\d+[.):])\s+', '', line.strip())
    return line.strip().strip('"\'“”„').strip()
