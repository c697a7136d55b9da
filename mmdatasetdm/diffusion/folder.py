"""Find a generator's folder: a built-in one, a diffusers folder, or an id on Hugging Face's hub; and what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
)
from mmengine.registry import Registry

from mmdatasetdm.diffusion.families import Denoiser, Family
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import BUILT_IN_GENERATORS, GENERATOR_FAMILIES
from mmdatasetdm.utils.io import read_json

INDEX = 'model_index.json'
# stem of the files with weights, which the two libraries name differently
_STEMS = {'diffusers': 'diffusion_pytorch_model', 'transformers': 'model'}


def resolve(source: str | Path, *, registry: Registry = GENERATOR_FAMILIES) -> Path:
    """The folder of a generator, downloaded if it is an id on the hub.

    Args:
        registry: the families of which it may be; the name of the registry is what messages call it.

    Raises:
        UserError: it is nowhere; the message says what to download and where to put it.
    """
    if str(source) in BUILT_IN_GENERATORS:
        built_in = BUILT_IN_GENERATORS[str(source)]
        if not (built_in / INDEX).is_file():
            raise UserError(
                f"the built-in generator '{source}' is not in this installation: "
                f'reinstall the package, or make it with projects/{source}'
            )
        return built_in
    what = _noun(registry)
    folder = Path(source).expanduser()
    if folder.is_dir():
        if not (folder / INDEX).is_file():
            raise UserError(f"'{source}' is not a diffusers folder: it has no model_index.json")
        return folder
    if isinstance(source, Path) or str(source).startswith(('.', '/', '~')) or str(source).count('/') != 1:
        others = ''.join(f", or '{name}'" for name in BUILT_IN_GENERATORS if registry is GENERATOR_FAMILIES)
        raise UserError(
            f"there is no {what} folder '{source}': name a diffusers folder{', a hub id' if others else ' or a hub id'}"
            f'{others}'
        )
    return _download(str(source), registry)


def _noun(registry: Registry) -> str:
    """What a person calls a model of these families: 'generator', 'upscaler'."""
    return registry.name.removesuffix(' family')


def _download(hub_id: str, registry: Registry) -> Path:
    what = _noun(registry)
    try:
        folder = Path(snapshot_download(hub_id, allow_patterns=[INDEX]))
        if not (folder / INDEX).is_file():
            raise UserError(f"'{hub_id}' on the hub is not a diffusers {what}: it has no model_index.json")
        index = read_index(folder)
        wanted = [INDEX, '*scheduler/*', 'tokenizer*/*']
        for part, (library, _) in family_of(index, folder, registry=registry).parts_of(index).items():
            if holds_weights(part):
                names = ('config.json', *(f'{_STEMS[library]}{end}' for end in ('.safetensors', '-*.safetensors')))
                wanted += [f'{part}/{name}' for name in (*names, f'{_STEMS[library]}.safetensors.index.json')]
        return Path(snapshot_download(hub_id, allow_patterns=wanted))
    except GatedRepoError as error:
        raise UserError(
            f"{what} '{hub_id}' is gated: accept its licence on https://huggingface.co/{hub_id} and run "
            '`hf auth login`, or copy its diffusers folder here and name it'
        ) from error
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError) as error:
        raise UserError(
            f"{what} '{hub_id}' is no folder and cannot be had from the hub ({type(error).__name__}):"
            f' run `hf download {hub_id}` with a connection, or copy its diffusers folder here and name it'
        ) from error


def read_index(folder: Path) -> dict[str, Any]:
    """model_index.json, which names the class of each part."""
    return read_json(folder / INDEX, dict, advice=f"the generator in '{folder}' is damaged, copy it anew")


def read_part_config(folder: Path, part: str) -> dict[str, Any]:
    """config.json of a part."""
    return read_json(folder / part / 'config.json', dict, advice=f"the model in '{folder}' is damaged, copy it anew")


def holds_weights(part: str) -> bool:
    """Whether a part of a folder is a model; tokenizers and schedulers have configs alone."""
    return not part.startswith('tokenizer') and not part.endswith('scheduler')


def family_of(index: dict[str, Any], folder: Path, *, registry: Registry = GENERATOR_FAMILIES) -> Any:
    """The family whose parts the folder has, the one with the most where several fit.

    Raises:
        UserError: none.
    """
    registry.import_from_location()
    families: dict[str, type[Family]] = registry.module_dict
    fitting = [family for family in families.values() if family.parts_of(index)]
    if not fitting:
        kind = index.get('_class_name', 'no pipeline that it names')
        raise UserError(
            f"the {_noun(registry)} in '{folder}' is {kind}, and its parts make no {_noun(registry)} of a supported "
            f'family ({", ".join(families)})'
        )
    return max(fitting, key=lambda family: len(family.parts_of(index)))


@dataclass(frozen=True)
class Outline:
    """What the configs of a generator say before its weights are read.

    Attributes:
        image_size: side in pixels of the images that it was made for.
        half: the half precision that its weights were made for.
        strides: of its features, finest first.
        family: the class of its family.
        guidance_input: guidance is an input of the denoiser, and needs no second pass.
        scheduler: the class that the folder names.
    """

    image_size: int
    half: torch.dtype
    strides: tuple[int, ...]
    family: type[Denoiser]
    guidance_input: bool
    scheduler: str


def outline(folder: Path) -> Outline:
    """Of a generator's folder.

    Raises:
        UserError: it is damaged, or of no supported family.
    """
    index = read_index(folder)
    family = family_of(index, folder)
    configs = {
        part: read_part_config(folder, part)
        for part in ('unet', 'transformer', 'vae')
        if (folder / part / 'config.json').is_file()
    }
    denoiser = configs.get('unet', configs.get('transformer', {}))
    size = denoiser.get('sample_size') or family.default_latent_size
    vae = configs.get('vae', {})
    levels = vae.get('block_out_channels') or vae.get('encoder_block_out_channels') or [0]
    side = max(size) if isinstance(size, list) else int(size)
    stride = 2 ** (len(levels) - 1)
    try:
        strides = tuple(stride * 2**level for level in family.levels_of(denoiser))
    except KeyError as error:
        raise UserError(f"the generator in '{folder}' is damaged: the config of its denoiser has no {error}") from None
    return Outline(
        image_size=side * stride,
        half=family.half,
        strides=strides,
        family=family,
        guidance_input=bool(denoiser.get('guidance_embeds') or denoiser.get('time_cond_proj_dim')),
        scheduler=str((index.get('scheduler') or ['', ''])[1]),
    )


def weight_files(folder: Path, part: str, library: str) -> list[Path]:
    """The safetensors of a part, one or several shards, full precision before fp16 where both are there."""
    stem = _STEMS[library]
    for name in (stem, f'{stem}-*', f'{stem}.fp16', f'{stem}.fp16-*'):
        files = sorted((folder / part).glob(f'{name}.safetensors'))
        if files:
            return files
    raise UserError(f"the generator in '{folder}' has no {part}/{stem}.safetensors: save or convert it as safetensors")
