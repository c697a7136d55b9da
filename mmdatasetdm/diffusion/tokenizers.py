"""Load tokenizers, and tell a damaged one from a whole one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from transformers import CLIPTokenizer, PreTrainedTokenizerBase

from mmdatasetdm.errors import UserError

# a tokenizer is in one file, or in those of its kind
FILES = (('tokenizer.json',), ('vocab.json', 'merges.txt'), ('spiece.model',), ('tokenizer.model',))


def tokenizer_files(place: Path) -> Sequence[Path]:
    """The files that hold a tokenizer's vocabulary; none where they are absent."""
    for names in FILES:
        if all((place / name).is_file() for name in names):
            return [place / name for name in names]
    return []


def load_tokenizer(
    kind: type[PreTrainedTokenizerBase], folder: Path, part: str, *, words: int | None
) -> PreTrainedTokenizerBase:
    """The tokenizer of a text encoder that knows ``words`` (None: of which that is not known); transformers makes an
    empty one of an absent folder.

    Raises:
        UserError: it is absent, cut short, or another text encoder's.
    """
    if not tokenizer_files(folder / part):
        raise UserError(
            f"the generator in '{folder}' is incomplete, copy it anew: {part}/ has neither tokenizer.json nor "
            f'{"vocab.json and merges.txt" if issubclass(kind, CLIPTokenizer) else "spiece.model"}'
        )
    tokenizer = kind.from_pretrained(folder / part)
    known = len(tokenizer)
    if words and not words - 128 < known <= words:  # some round the number of embeddings up
        raise UserError(
            f"the generator in '{folder}' is damaged, copy it anew: its {part} has {known} words, its text encoder "
            f'{words}'
        )
    if isinstance(tokenizer, CLIPTokenizer) and hasattr(tokenizer, 'backend_tokenizer'):
        model = json.loads(tokenizer.backend_tokenizer.to_str())['model']
        # each word of more than a character is merged of two others
        listed = [word for word in model['vocab'] if word not in tokenizer.all_special_tokens]
        merged = sum(len(word.removesuffix('</w>')) > 1 for word in listed)
        if len(model['merges']) < merged:
            raise UserError(
                f"the generator in '{folder}' is damaged, copy it anew: its {part} has {len(model['merges'])} of "
                f'{merged} merges'
            )
    return tokenizer
