"""Fuse a LoRA that diffusers' training scripts wrote into the weights of a generator."""

from __future__ import annotations

import importlib.util
import inspect
from pathlib import Path

from torch import nn

from mmdatasetdm.diffusion.families import Denoiser, Parts
from mmdatasetdm.errors import UserError

_FILE = 'pytorch_lora_weights.safetensors'  # as diffusers' scripts name it in their output folder


def find_lora(lora: str | Path) -> Path:
    """The safetensors file of a LoRA: itself, or the one in the output folder of a training script."""
    path = Path(lora).expanduser()
    path = path / _FILE if path.is_dir() else path
    if not path.is_file() or path.suffix != '.safetensors':
        raise UserError(f"lora: there is no '{path}'; name a .safetensors file, or a folder that has a {_FILE}")
    return path.resolve()


def fuse(family: type[Denoiser], parts: Parts, path: Path) -> None:
    """Adds the LoRA to the weights of the parts in place, at scale 1; they stay frozen.

    Raises:
        UserError: the family takes none, or the file is not of this generator.
    """
    if family.pipeline is None or not hasattr(family.pipeline, 'load_lora_weights'):
        raise UserError(f'lora: diffusers has none for generators of the family {family.__name__}')
    if importlib.util.find_spec('peft') is None:
        raise UserError('lora: it needs the package peft: pip install peft')
    wanted = inspect.signature(family.pipeline.__init__).parameters
    needed = {name: None for name, p in wanted.items() if p.default is p.empty and name != 'self'}
    options = {'requires_safety_checker': False} if 'requires_safety_checker' in wanted else {}
    try:
        pipeline = family.pipeline(**needed | {**parts.models, **parts.tokenizers} | options)
        pipeline.load_lora_weights(path)
        if not pipeline.get_active_adapters():
            raise UserError(f"lora: none of the weights in '{path}' belongs to this generator")
        pipeline.fuse_lora()
        pipeline.unload_lora_weights()
    except UserError:
        raise
    except Exception as error:  # whatever the libraries stumble over in the file
        reason = ' '.join(str(error).split())[:200]
        raise UserError(f"lora: '{path}' does not fit this generator: {reason}") from error
    for model in parts.models.values():
        if isinstance(model, nn.Module):
            model.eval().requires_grad_(False)
