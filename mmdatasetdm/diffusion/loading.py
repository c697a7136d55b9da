"""Find a generator's files and build its parts: a built-in one, a diffusers folder, or an id on Hugging Face's hub."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled
from torch import nn
from transformers import CLIPTextModel, CLIPTokenizer
from transformers.utils.logging import disable_progress_bar, enable_progress_bar, is_progress_bar_enabled
from typing_extensions import NotRequired, TypedDict

from mmdatasetdm.diffusion.families import FAMILIES
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import BUILT_IN_GENERATORS
from mmdatasetdm.utils.io import read_json

# the parts with weights -> stem of their weight files (diffusers and transformers name them differently)
_WEIGHTS = {'unet': 'diffusion_pytorch_model', 'vae': 'diffusion_pytorch_model', 'text_encoder': 'model'}


class ModelIndex(TypedDict):
    """model_index.json, as far as it says which classes the parts are of: (library, class)."""

    unet: NotRequired[list[str]]


@dataclass(frozen=True)
class Parts:
    """The parts of a generator, frozen and in eval mode."""

    unet: UNet2DConditionModel
    vae: AutoencoderKL
    text_encoder: CLIPTextModel
    tokenizer: CLIPTokenizer
    scheduler_config: dict


def resolve(source: str | Path) -> Path:
    """The folder of a generator, downloaded if it is an id on the hub.

    Raises:
        UserError: it is nowhere; the message says what to download and where to put it.
    """
    if str(source) in BUILT_IN_GENERATORS:
        built_in = BUILT_IN_GENERATORS[str(source)]
        if not (built_in / 'model_index.json').is_file():
            raise UserError(
                f"the built-in generator '{source}' is not in this installation: "
                f'reinstall the package, or make it with projects/{source}'
            )
        return built_in
    folder = Path(source).expanduser()
    if folder.is_dir():
        if not (folder / 'model_index.json').is_file():
            raise UserError(f"'{source}' is not a diffusers folder: it has no model_index.json")
        return folder
    if isinstance(source, Path) or str(source).startswith(('.', '/', '~')) or str(source).count('/') != 1:
        others = ''.join(f", or '{name}'" for name in BUILT_IN_GENERATORS)
        raise UserError(f"there is no generator folder '{source}': name a diffusers folder, a hub id{others}")
    return _download(str(source))


def _download(hub_id: str) -> Path:
    wanted = ['model_index.json', 'scheduler/*', 'tokenizer/*']
    for part, stem in _WEIGHTS.items():
        wanted += [
            f'{part}/config.json',
            f'{part}/{stem}.safetensors',
            f'{part}/{stem}-*.safetensors',
            f'{part}/{stem}.safetensors.index.json',
        ]
    try:
        return Path(snapshot_download(hub_id, allow_patterns=wanted))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError) as error:
        raise UserError(
            f"generator '{hub_id}' is no folder and cannot be had from the hub ({type(error).__name__}):"
            f' run `hf download {hub_id}` with a connection, or copy its diffusers folder here and name it'
        ) from error


def load_parts(folder: Path, *, device: torch.device, dtype: torch.dtype) -> Parts:
    """Loads every part from its sub-folder; safety checker and feature extractor are not needed."""
    advice = f"the generator in '{folder}' is damaged, copy it anew"
    index = read_json(folder / 'model_index.json', ModelIndex, advice=advice)
    kind = index['unet'][1] if len(index.get('unet', ())) == 2 else None
    if kind not in FAMILIES:
        raise UserError(f"the generator in '{folder}' has no denoiser of a supported family ({', '.join(FAMILIES)})")

    def load(model: Any, part: str) -> Any:
        files = _weight_files(folder, part)
        variant = {'variant': 'fp16'} if '.fp16' in files[0].name else {}
        key = 'dtype' if part == 'text_encoder' else 'torch_dtype'
        loaded = model.from_pretrained(folder / part, use_safetensors=True, **{key: dtype}, **variant)
        if name := not_finite(loaded):
            raise UserError(f"the generator in '{folder}' is damaged, copy it anew: {part}'s {name} is not finite")
        return loaded.to(device).eval().requires_grad_(False)

    bars = is_progress_bar_enabled()
    disable_progress_bar()  # of transformers: it is there for a fraction of a second, in the middle of a tool's output
    try:
        text_encoder = load(CLIPTextModel, 'text_encoder')
        return Parts(
            unet=load(UNet2DConditionModel, 'unet'),
            vae=load(AutoencoderKL, 'vae'),
            text_encoder=text_encoder,
            tokenizer=_load_tokenizer(folder, words=text_encoder.config.vocab_size),
            scheduler_config=json.loads((folder / 'scheduler' / 'scheduler_config.json').read_text()),
        )
    except (UserError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # the libraries raise whatever they stumble over in a config or a weight file
        reason = ' '.join(str(error).split())[:200]
        raise UserError(f"the generator in '{folder}' is incomplete or damaged, copy it anew: {reason}") from error
    finally:
        if bars:
            enable_progress_bar()


def not_finite(model: nn.Module) -> str | None:
    """The name of the first tensor of a model that holds a NaN or an infinite value; None: there is none."""
    for name, tensor in model.state_dict().items():
        # a sum is finite when all its parts are, and costs less memory than a mask of them
        if tensor.is_floating_point() and not torch.isfinite(tensor.sum(dtype=torch.float64)):
            return name
    return None


def _load_tokenizer(folder: Path, *, words: int) -> CLIPTokenizer:
    """The tokenizer of a text encoder that knows ``words``; transformers makes an empty one of an absent folder.

    Raises:
        UserError: it is absent, cut short, or another text encoder's.
    """
    place = folder / 'tokenizer'
    files = [('tokenizer.json',), ('vocab.json', 'merges.txt')]
    if not any(all((place / name).is_file() for name in names) for names in files):
        raise UserError(
            f"the generator in '{folder}' is incomplete, copy it anew: tokenizer/ has neither tokenizer.json nor "
            'vocab.json and merges.txt'
        )
    tokenizer = CLIPTokenizer.from_pretrained(place)
    known = len(tokenizer)
    if not words - 128 < known <= words:  # some round the number of embeddings up
        raise UserError(
            f"the generator in '{folder}' is damaged, copy it anew: its tokenizer has {known} words, its text encoder "
            f'{words}'
        )
    if hasattr(tokenizer, 'backend_tokenizer'):
        model = json.loads(tokenizer.backend_tokenizer.to_str())['model']
        # each word of more than a character is merged of two others
        plain = [word for word in model['vocab'] if word not in tokenizer.all_special_tokens]
        merged = sum(len(word.removesuffix('</w>')) > 1 for word in plain)
        if len(model['merges']) < merged:
            raise UserError(
                f"the generator in '{folder}' is damaged, copy it anew: its tokenizer has {len(model['merges'])} of "
                f'{merged} merges'
            )
    return tokenizer


def _weight_files(folder: Path, part: str) -> list[Path]:
    """The safetensors of a part, one or several shards, full precision before fp16 where both are there."""
    stem = _WEIGHTS[part]
    for name in (stem, f'{stem}-*', f'{stem}.fp16', f'{stem}.fp16-*'):
        files = sorted((folder / part).glob(f'{name}.safetensors'))
        if files:
            return files
    raise UserError(f"the generator in '{folder}' has no {part}/{stem}.safetensors: save or convert it as safetensors")


def fingerprint(folder: Path) -> str:
    """16 hex digits of the sha256 over all configs and weights: equal for two copies of one folder."""
    digest = hashlib.sha256()
    for chunk in _content(folder):
        digest.update(chunk)
    return digest.hexdigest()[:16]


def _content(folder: Path) -> Iterator[bytes]:
    yield _settings(folder / 'scheduler' / 'scheduler_config.json')
    for part in _WEIGHTS:
        yield _settings(folder / part / 'config.json')
        for path in _weight_files(folder, part):
            with path.open('rb') as file:
                while chunk := file.read(1 << 24):
                    yield chunk


def _settings(path: Path) -> bytes:
    """A config without what only tells where it was saved and by which version ('_name_or_path' and the like)."""
    settings = {key: value for key, value in json.loads(path.read_text()).items() if not key.startswith('_')}
    return json.dumps(settings, sort_keys=True).encode()
