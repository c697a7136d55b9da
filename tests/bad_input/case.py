"""One wrong input, and the words that the one line about it must have."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """A call of a tool that must end with status 2 and one line on stderr.

    Args:
        name: what is wrong, in words; it names the test.
        tool: the file in ``tools/`` without its suffix, e.g. 'generate'.
        args: the arguments, or a function that writes what they need into an empty folder and returns them.
        words: parts of the line: the place of the mistake and what to do about it.
    """

    name: str
    tool: str
    args: Sequence[str] | Callable[[Path], Sequence[str]]
    words: tuple[str, ...]
