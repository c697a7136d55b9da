"""What is known of a run before it starts: its device, the size of its models, the first line that it prints."""

from __future__ import annotations

import subprocess
from pathlib import Path

import mmdatasetdm
from mmdatasetdm.diffusion.folder import outline, resolve
from mmdatasetdm.generation.engines.device import choose_device, describe_device
from mmdatasetdm.generation.recipe import Recipe


def device_for(recipe: Recipe, given: str | None) -> str:
    """The device that a person gave, or the best one here for the recipe's images.

    Raises:
        UserError: there is no GPU, and the images are too large for anything else.
    """
    sampler = recipe.sampler
    source = sampler.generator or recipe.generator
    side = max(side or outline(resolve(source)).image_size for side in (sampler.height, sampler.width))
    return choose_device(given, generator=source, image_size=side)


def size_of_models(recipe: Recipe) -> int:
    """Bytes of the weights of the generators and the decoders on the disk."""
    folders = {resolve(source) for source in (recipe.generator, recipe.sampler.generator) if source}
    weights = [file for one in folders for file in one.rglob('*') if file.suffix in ('.safetensors', '.bin')]
    files = [*weights, *(Path(file) for one in recipe.decoders.values() for file in one.checkpoints)]
    return sum(file.stat().st_size for file in files)


def start_line(recipe: Recipe, *, device: str, workers: int) -> str:
    """'NAME, 128x128 pixels, on cpu, 2 threads, in float32; 1 worker, 16 images at once'."""
    source = recipe.sampler.generator or recipe.generator
    found = outline(resolve(source))
    drawn = f'{source}, ' if source == recipe.generator else f'{source}, labelled by features of {recipe.generator}, '
    dtype = recipe.dtype or ('float32' if device.startswith('cpu') else str(found.half).removeprefix('torch.'))
    height, width = (side or found.image_size for side in (recipe.sampler.height, recipe.sampler.width))
    many = f'{workers} worker{"s" if workers > 1 else ""}'
    return (
        f'{drawn}{width}x{height} pixels, on {describe_device(device)}, in {dtype}; {many}, '
        f'{recipe.batch_size} images at once'
    )


def code_version() -> str:
    """The package's version and, in a git checkout, its commit."""
    root = Path(mmdatasetdm.__file__).parent.parent
    try:
        commit = (
            subprocess.run(
                ['git', '--no-optional-locks', '-C', str(root), 'describe', '--always', '--dirty', '--abbrev=10'],
                capture_output=True,
                text=True,
                check=True,
                timeout=10,
            ).stdout.strip()
            if (root / '.git').exists()
            else ''
        )
    except (OSError, subprocess.SubprocessError):
        commit = ''
    return f'{mmdatasetdm.__version__}+{commit}' if commit else mmdatasetdm.__version__
