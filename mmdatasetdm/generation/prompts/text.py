"""Text of prompts: files of them, and the classes that a sentence names."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.utils.paths import shipped_prompts

MAX_CHARACTERS = 5000  # no text encoder reads as much; a longer line is a file without line ends
MAX_HEADER = 1_000_000  # of the line with the classes of a file
_WORD = re.compile(r'[^\W_]+')
_JOINED = re.compile(r'[\s_-]+')


def read_prompt_lines(path: Path) -> list[tuple[int, str]]:
    """The non-empty lines of a prompt file, each with its number. UserError: missing, empty, not UTF-8 text.

    A line ends where an editor ends it: U+2028 and the like stay in the JSON or the sentence that they are part of.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        shipped = '' if path.suffix else f'; with the package come {", ".join(shipped_prompts())}'
        raise UserError(f'prompt file {path} cannot be read: {error.strerror}{shipped}') from None
    try:
        text = data.decode('utf-8-sig')
    except UnicodeDecodeError:
        text = '\0'
    if '\0' in text:
        raise UserError(
            f'prompt file {path} is not UTF-8 text; give one prompt a line, plain or as {{"text": …, "classes": […]}}'
        )
    split = re.split(r'\r\n|\r|\n', text)
    lines = [(number, line.strip()) for number, line in enumerate(split, 1) if line.strip()]
    if not lines:
        raise UserError(f'prompt file {path} is empty; give one prompt a line')
    return lines


def read_header(line: str) -> tuple[tuple[str, ...], dict[str, list[str]]] | None:
    """The classes and their phrases that a first line says for the plain sentences below it, None where it does not.

    Such a line is ``{"classes": ["cat", "tvmonitor"], "phrases": {"tvmonitor": ["television"]}}``.
    """
    try:
        header = json.loads(line) if line.startswith('{') and len(line) < MAX_HEADER else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or set(header) != {'classes', 'phrases'}:
        return None
    classes, phrases = header['classes'], header['phrases']
    if not _are_texts(classes) or not isinstance(phrases, dict) or not all(map(_are_texts, phrases.values())):
        return None
    return tuple(classes), phrases


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def plain_file(prompts: Sequence[Prompt], classes: Sequence[str], phrases: Mapping[str, Sequence[str]]) -> str:
    """A prompt file of plain sentences, whose first line says how their classes are found again.

    The prompts must have the classes that :func:`find_classes` finds.
    """
    others = {name: list(words) for name in classes if (words := phrases.get(name))}
    header = json.dumps(dict(classes=list(classes), phrases=others), ensure_ascii=False)
    return ''.join(f'{line}\n' for line in (header, *(prompt.text for prompt in prompts)))


def parse_line(line: str, classes: Sequence[str], phrases: Mapping[str, Sequence[str]], *, where: str) -> Prompt:
    """One line of a prompt file: JSON, or a sentence whose classes are looked for."""
    if len(line) > MAX_CHARACTERS:
        raise UserError(f'{where} has {len(line)} characters; a prompt has at most {MAX_CHARACTERS}, one a line')
    if not line.startswith('{'):
        text = ' '.join(line.split())
        return Prompt(text=text, classes=find_classes(text, classes, phrases))
    try:
        entry = json.loads(line)
        text, names = entry['text'], entry['classes']
    except (json.JSONDecodeError, KeyError, TypeError, RecursionError):
        raise UserError(f'{where} is not {{"text": "…", "classes": ["…"]}}: {line[:80]}') from None
    if not isinstance(text, str) or not text.strip():
        raise UserError(f'{where} has no text: {line[:80]}')
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UserError(f'{where}: "classes" is {json.dumps(names)[:40]}; it must be a list of names: {line[:80]}')
    for name in names:
        if classes and name not in classes:
            raise UserError(f"{where} names the class '{name}', which is not among {', '.join(classes)}")
    text = ' '.join(text.split())
    try:
        ''.join((text, *names)).encode()
    except UnicodeEncodeError:
        raise UserError(f'{where} holds half of a character (a lone surrogate): {line[:80]}') from None
    return Prompt(text=text, classes=tuple(dict.fromkeys(names)))


def find_classes(text: str, classes: Sequence[str], phrases: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The classes that a sentence names, in its order: whole words, singular or plural, longer phrases first.

    Underscores, hyphens and blanks in names and in the text are the same: 'potted_plant' is in 'two potted-plants'.
    """
    names = _index(tuple(classes), tuple((name, tuple(words)) for name, words in phrases.items()))
    if not names:
        return ()
    longest = max(map(len, names))
    lower = text.lower()
    words = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(lower)]
    matches = []
    for first in range(len(words)):
        run: tuple[str, ...] = ()
        for last in range(first, min(first + longest, len(words))):
            if last > first and not _JOINED.fullmatch(lower, words[last - 1][2], words[last][1]):
                break
            run = (*run, words[last][0])
            if run in names:
                matches.append((first, last + 1, names[run]))
    found: dict[str, int] = {}
    taken: set[int] = set()
    for first, end, name in sorted(matches, key=lambda match: (match[0] - match[1], match[0])):
        if taken.isdisjoint(range(first, end)):
            taken.update(range(first, end))
            found[name] = min(found.get(name, first), first)
    return tuple(sorted(found, key=found.__getitem__))


@functools.lru_cache(maxsize=64)
def _index(classes: tuple[str, ...], phrases: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[tuple[str, ...], str]:
    """The words of each phrase, singular and plural -> its class. A name is before other classes' phrases."""
    others = dict(phrases)
    index: dict[tuple[str, ...], str] = {}
    for phrases_of in (
        [(name, name) for name in classes],
        [(word, name) for name in classes for word in others.get(name, ())],
    ):
        for word, name in phrases_of:
            for form in (word, *plurals(word)):
                index.setdefault(tuple(_WORD.findall(form.lower())), name)
    index.pop((), None)
    return index


@functools.lru_cache(maxsize=4096)
def plurals(phrase: str) -> tuple[str, ...]:
    """The English plurals of a noun phrase: 'person' -> 'people', 'persons'."""
    words = ' '.join(_WORD.findall(phrase.lower()))
    if not words:
        return ()
    return tuple(dict.fromkeys(engine.plural_noun(words) for engine in (english(), english(classical=True))))


@functools.cache
def english(*, classical: bool = False) -> Any:
    """inflect's engine: modern English, or classical (persons, cacti)."""
    import inflect  # a second or two, and recipes without files of prompts do not need it

    engine = inflect.engine()
    engine.classical(all=classical)
    return engine
