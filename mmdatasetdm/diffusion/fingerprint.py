"""What a generator's output depends on, as 16 hex digits: a decoder's checkpoint names its generator by them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from mmengine.registry import Registry

from mmdatasetdm.diffusion.folder import family_of, holds_weights, read_index, weight_files
from mmdatasetdm.diffusion.tokenizers import tokenizer_files
from mmdatasetdm.registry import GENERATOR_FAMILIES


def fingerprint(folder: Path, *, lora: Path | None = None, registry: Registry = GENERATOR_FAMILIES) -> str:
    """Of the sha256 over all configs, weights and tokenizers, and the LoRA: equal for two copies of one folder."""
    digest = hashlib.sha256()
    for chunk in _content(folder, registry):
        digest.update(chunk)
    for chunk in _read(lora) if lora else ():
        digest.update(chunk)
    return digest.hexdigest()[:16]


def _content(folder: Path, registry: Registry) -> Iterator[bytes]:
    index = read_index(folder)
    family = family_of(index, folder, registry=registry)
    yield json.dumps({key: index.get(key) for key in family.index_keys}, sort_keys=True).encode()
    yield _settings(folder / 'scheduler' / 'scheduler_config.json')
    for part, (library, _) in family.parts_of(index).items():
        files: Sequence[Path]
        if part.startswith('tokenizer'):
            # the rest of its config says by what it was saved
            config = folder / part / 'tokenizer_config.json'
            length = (
                json.loads(config.read_text(encoding='utf-8')).get('model_max_length') if config.is_file() else None
            )
            yield f'{part} {length}'.encode()
            files = tokenizer_files(folder / part)
        elif not holds_weights(part):
            yield _settings(folder / part / 'scheduler_config.json')
            files = []
        else:
            yield _settings(folder / part / 'config.json')
            files = weight_files(folder, part, library)
        for path in files:
            yield from _read(path)


def _read(path: Path) -> Iterator[bytes]:
    with path.open('rb') as file:
        while chunk := file.read(1 << 24):
            yield chunk


def _settings(path: Path) -> bytes:
    """A config without what only tells where it was saved and by which version ('_name_or_path' and the like)."""
    settings = {key: value for key, value in json.loads(path.read_text()).items() if key[:1] != '_'}
    return json.dumps(settings, sort_keys=True).encode()
