"""Lists of prompts as language models write them: what of an answer is a prompt, and what is talk around it.

Source of the form: DatasetDM supp. figure 4, a dialogue whose prompts are numbered 1a, 1b, 1c, 2a, ...
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmdatasetdm.generation.prompts.text import MAX_CHARACTERS

_NUMBER = r'[(\[]?(?:\d+(?:\.\d+)*\.?[a-z]?|[a-z]|[ivx]+)\\?[.):\]]'  # 1.  2)  (3)  1a.  1.2.  b)  iv.
_LABEL = r'(?:prompt|description|caption|variation|image|scene)\s*#?\d+[a-z]?\s*[.):–—-]'  # Prompt 3:
_BULLET = r'[-*+•–—·▪◦‣](?:\s*\[[ x]\])?'
_MARK = re.compile(rf'(?:\*\*)?(?:{_BULLET}|{_NUMBER}|{_LABEL})(?:\*\*)?\s+', re.IGNORECASE)
_SPEAKER = re.compile(
    r'\W*(?:human|user|you|me|assistant|system|ai|bot|model|(?:chat)?gpt[\w. -]*|claude|gemini|llama[\w. -]*)\W*:',
    re.IGNORECASE,
)
_TALK = re.compile(
    r'(?:sure|certainly|of course|absolutely|okay|yes|no problem|here (?:are|is)|below (?:are|is)|let me know|'
    r'i hope|i can|i am|i\'m|feel free|please|can you|could you|would you|these (?:prompts|descriptions))\b',
    re.IGNORECASE,
)

_QUOTED = re.compile(r'["“”„«`]+([^"“”„«»`]+)["“”»`]*,?|[\'‘](.+)[\'’],?')


def is_item(line: str) -> bool:
    """Whether a line has the mark of a list: a bullet, or a number or letter with a point or bracket."""
    return _MARK.match(line.strip()) is not None


def clean_line(line: str) -> str:
    """A line without list marks, quotation marks, bold type and the comma behind a quoted item."""
    line = line.strip()
    while mark := _MARK.match(line):
        line = line[mark.end() :]
    line = line.replace('**', '').strip()
    quoted = _QUOTED.fullmatch(line)
    return (quoted[1] or quoted[2] if quoted else line).strip()


def reasons_to_leave_out(lines: Sequence[str]) -> list[str | None]:
    """For each line of a file why it is no prompt, or None.

    Where a third of the lines or more have list marks, the others are talk. Lines of JSON are taken as they are.
    """
    plain = [line for line in lines if not line.startswith('{')]
    listed = sum(map(is_item, plain)) * 3 >= max(1, len(plain))
    return [_reason(line, listed=listed) for line in lines]


def _reason(line: str, *, listed: bool) -> str | None:
    if len(line) > MAX_CHARACTERS:
        return f'has more than {MAX_CHARACTERS} characters'
    if line.startswith('{'):
        return None
    text = clean_line(line)
    if not re.search(r'[^\W\d_]', text) or line.startswith('```'):
        return 'has no words'
    if _SPEAKER.match(line) or (not is_item(line) and _TALK.match(text)):
        return 'is talk of a chat'
    if text.endswith((':', '?', '：', '？')):
        return 'is an introduction or a question'
    if line.startswith('#') or re.fullmatch(r'\*\*[^*]*\*\*', line.strip()):
        return 'is a heading'
    if listed and not is_item(line):
        return 'is no item of the list'
    return None
