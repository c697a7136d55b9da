"""Prompts that are longer than what the generator's text encoder reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Sized
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

from mmdatasetdm.diffusion.folder import family_of, read_index
from mmdatasetdm.diffusion.loading import load_finders
from mmdatasetdm.diffusion.phrases import longest
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompts.base import Prompt, PromptSource
from mmdatasetdm.generation.prompts.text import find_classes
from mmdatasetdm.registry import BUILT_IN_GENERATORS

LOOKED_AT = 2000  # prompts of a template; of a file it is every line
CLIP_TOKENS = 77
# CLIP's rule for parting a text before it looks for its tokens, of which each part has one or more
_CLIP_PARTS = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\s\w]|_)+", re.IGNORECASE)

Reader = Callable[[str], str]


def reader_of(generator: str | None) -> Reader:
    """``text -> the part of it that a generator reads``, for a built-in generator, a diffusers folder or a hub id.

    Tokenizer and length are those of the generator's family; of several text encoders it is the one that reads most.
    Where the generator is not on this machine, the part is at least what CLIP's text encoder would read.
    """
    if generator is None:
        return clip_reads
    folder = BUILT_IN_GENERATORS.get(generator, Path(generator).expanduser())
    try:
        if not folder.is_dir():
            wanted = ['model_index.json', 'tokenizer*/*', '*/config.json']
            folder = Path(snapshot_download(generator, allow_patterns=wanted, local_files_only=True))
        finders = load_finders(folder, family=family_of(read_index(folder), folder))
    except (UserError, OSError, ValueError, HFValidationError, LocalEntryNotFoundError):
        return clip_reads
    return longest(finders).readable_part


def clip_reads(text: str) -> str:
    """The same for CLIP's 77 tokens, without its vocabulary: it may read less."""
    parts = list(_CLIP_PARTS.finditer(text))
    return text if len(parts) <= CLIP_TOKENS - 2 else text[: parts[CLIP_TOKENS - 3].end()]


def cut_classes(prompt: Prompt, phrases: Mapping[str, Sequence[str]], read: Reader) -> tuple[str, ...]:
    """The prompt's classes whose words all stand behind the part of the text that is read."""
    part = read(prompt.text)
    if part == prompt.text:
        return ()
    seen = find_classes(part, prompt.classes, phrases)
    return tuple(name for name in find_classes(prompt.text, prompt.classes, phrases) if name not in seen)


def warn_of_cut_classes(source: PromptSource, *, num: int, read: Reader, max_tokens: int) -> list[str]:
    """Lines to be said before ``num`` samples are made, none where every class can be read."""
    listed = len(source) if isinstance(source, Sized) else None
    count = min(num, listed or LOOKED_AT)
    cut = [(i, names) for i in range(count) if (names := cut_classes(source(i), source.phrases, read))]
    if not cut:
        return []
    which = 'the first ' if count < (listed or num) else ''
    examples = '; '.join(f'sample {i}: {", ".join(names)}' for i, names in cut[:3])
    return [
        f'warning: {len(cut)} of {which}{count} prompts name a class only behind the {max_tokens} '
        f'tokens that the text encoder reads ({examples}): it is counted as prompted and will hardly be '
        'drawn; shorten them (python tools/prompts.py check finds them)'
    ]
