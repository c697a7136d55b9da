"""Build the parts of a generator's folder, of whatever family it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from torch import nn
from transformers.utils.logging import disable_progress_bar, enable_progress_bar, is_progress_bar_enabled

from mmdatasetdm.diffusion.families import Denoiser, Family, Parts
from mmdatasetdm.diffusion.folder import holds_weights, read_index, weight_files
from mmdatasetdm.diffusion.phrases import PhraseFinder
from mmdatasetdm.diffusion.tokenizers import load_tokenizer
from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.io import read_json

_LIBRARIES = {'diffusers': diffusers, 'transformers': transformers}


def load_parts(folder: Path, *, family: type[Family], device: torch.device, dtype: torch.dtype) -> Parts:
    """Loads every part of the folder's family; safety checker, image encoder and the like are not needed.

    Raises:
        UserError: the folder is damaged.
    """
    index = read_index(folder)
    models: dict[str, Any] = {}
    tokenizers: dict[str, transformers.PreTrainedTokenizerBase] = {}
    try:
        with _no_progress_bar():
            for part, (library, name) in family.parts_of(index).items():
                kind = getattr(_LIBRARIES[library], name)
                if holds_weights(part):
                    models[part] = _load_model(kind, folder, part, library, dtype).to(device)
                elif part.endswith('scheduler'):
                    models[part] = kind.from_config(_scheduler_config(folder, part))
            for part, (_, name) in family.parts_of(index).items():
                if part.startswith('tokenizer'):
                    encoder = models[part.replace('tokenizer', 'text_encoder')]
                    words = encoder.get_input_embeddings().num_embeddings
                    tokenizers[part] = load_tokenizer(getattr(transformers, name), folder, part, words=words)
        return Parts(models, tokenizers, _scheduler_config(folder, 'scheduler'), index)
    except (UserError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # the libraries raise whatever they stumble over in a config or a weight file
        reason = ' '.join(str(error).split())[:200]
        raise UserError(f"the generator in '{folder}' is incomplete or damaged, copy it anew: {reason}") from error


def _scheduler_config(folder: Path, part: str) -> dict[str, Any]:
    return read_json(folder / part / 'scheduler_config.json', dict, advice='copy it anew')


def _load_model(kind: Any, folder: Path, part: str, library: str, dtype: torch.dtype) -> Any:
    files = weight_files(folder, part, library)
    variant = {'variant': 'fp16'} if '.fp16' in files[0].name else {}
    key = 'dtype' if library == 'transformers' else 'torch_dtype'
    loaded, info = kind.from_pretrained(
        folder / part, use_safetensors=True, output_loading_info=True, **{key: dtype}, **variant
    )
    if missing := sorted(info['missing_keys']):  # the libraries would draw them at random
        raise UserError(
            f"the generator in '{folder}' is damaged, copy it anew: {part} lacks {len(missing)} weights of its config, "
            f'{missing[0]} among them'
        )
    if name := not_finite(loaded):
        raise UserError(f"the generator in '{folder}' is damaged, copy it anew: {part}'s {name} is not finite")
    return loaded.eval().requires_grad_(False)


def load_finders(folder: Path, *, family: type[Denoiser]) -> list[PhraseFinder]:
    """What reads the family's texts, without a model: of the folder its configs and tokenizers are enough.

    Raises:
        UserError: the folder is damaged.
    """
    index = read_index(folder)
    parts = family.parts_of(index)
    configs: dict[str, dict[str, Any]] = {
        part: read_json(folder / part / 'config.json', dict, advice='copy it anew')
        for part in parts
        if holds_weights(part)
    }
    tokenizers = {
        part: load_tokenizer(
            getattr(transformers, name),
            folder,
            part,
            words=configs[part.replace('tokenizer', 'text_encoder')].get('vocab_size'),
        )
        for part, (_, name) in parts.items()
        if part.startswith('tokenizer')
    }
    found = family.finders(Parts({}, tokenizers, {}, index, configs))
    if not found:  # a family of another package, built on the UNet's, which reads no text by itself
        raise UserError(f'the generator family {family.__name__} must define finders, the readers of its tokenizers')
    return found


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    """Of transformers: it is there for a fraction of a second, in the middle of a tool's output."""
    shown = is_progress_bar_enabled()
    disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            enable_progress_bar()


def not_finite(model: nn.Module) -> str | None:
    """The name of the first tensor of a model that holds a NaN or an infinite value; None: there is none."""
    for name, tensor in model.state_dict().items():
        # a sum is finite when all its parts are, and costs less memory than a mask of them
        if tensor.is_floating_point() and not torch.isfinite(tensor.sum(dtype=torch.float64)):
            return name
    return None


def exact_device(device: str | torch.device) -> torch.device:
    """'cuda' and 'cuda:0' are one device, and must find one copy of a generator."""
    try:
        device = torch.device(device)
    except (RuntimeError, TypeError):
        raise UserError(f'there is no device {device!r}: it is cpu, cuda, cuda:1, …') from None
    if device.type != 'cuda':
        return device
    if not torch.cuda.is_available():
        raise UserError(f"there is no GPU here for device '{device}': use device 'cpu'")
    if (device.index or 0) >= torch.cuda.device_count():
        raise UserError(f"there is no device '{device}': the last one is cuda:{torch.cuda.device_count() - 1}")
    return torch.device('cuda', torch.cuda.current_device() if device.index is None else device.index)
