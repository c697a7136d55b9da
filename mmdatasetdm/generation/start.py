"""What is known of a run before it starts: its device, the size of its models, the first line that it prints."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

import mmdatasetdm
from mmdatasetdm.diffusion.folder import family_of, outline, read_index, resolve, weight_files
from mmdatasetdm.diffusion.upscalers import Upscaler
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.engines.device import choose_device, describe_device
from mmdatasetdm.generation.recipe import Recipe
from mmdatasetdm.registry import UPSCALERS
from mmdatasetdm.utils.options import one_line


def device_for(recipe: Recipe, given: str | None) -> str:
    """The device that a person gave, or the best one here for the recipe's images and its generator.

    Raises:
        UserError: there is no GPU, and the images or the generator are too large for anything else.
    """
    source = recipe.sampler.generator or recipe.generator
    weights = max(_weights_of_denoiser(resolve(one)) for one in {source, recipe.generator})
    return choose_device(given, generator=source, image_size=max(drawn_sizes(recipe)[-1]), weights=weights)


def drawn_sizes(recipe: Recipe) -> list[tuple[int, int]]:
    """Height and width of what the sampler draws, and of what each of its upscalers makes of it, by configs alone.

    Raises:
        UserError: a model is absent, damaged, or of no supported family.
    """
    sampler = recipe.sampler
    side = outline(resolve(sampler.generator or recipe.generator)).image_size
    sizes = [(sampler.height or side, sampler.width or side)]
    for stage in sampler.upscalers:
        folder = resolve(stage.source, registry=UPSCALERS)
        family: type[Upscaler] = family_of(read_index(folder), folder, registry=UPSCALERS)
        try:
            sizes.append(family.outlined_size(folder, sizes[-1]))
        except (KeyError, TypeError, ValueError, FileNotFoundError) as error:
            raise UserError(f"the upscaler in '{folder}' is damaged, copy it anew: {one_line(error)}") from None
    return sizes


def _weights_of_denoiser(folder: Path) -> int:
    """Bytes on the disk; 0 where there are none, which loading tells."""
    for part in ('unet', 'transformer'):
        with suppress(UserError):
            return sum(file.stat().st_size for file in weight_files(folder, part, 'diffusers'))
    return 0


def size_of_models(recipe: Recipe) -> int:
    """Bytes of the weights of the generators, the upscalers and the decoders on the disk."""
    folders = {resolve(source) for source in (recipe.generator, recipe.sampler.generator) if source}
    folders |= {resolve(stage.source, registry=UPSCALERS) for stage in recipe.sampler.upscalers}
    weights = [file for one in folders for file in one.rglob('*') if file.suffix in ('.safetensors', '.bin')]
    files = [*weights, *(Path(file) for one in recipe.decoders.values() for file in one.checkpoints)]
    return sum(file.stat().st_size for file in files)


def start_line(recipe: Recipe, *, device: str, workers: int) -> str:
    """'NAME, 128x128 pixels, on cpu, 2 threads, in float32; 1 worker, 16 images at once'."""
    source = recipe.sampler.generator or recipe.generator
    found = outline(resolve(source))
    drawn = f'{source}, ' if source == recipe.generator else f'{source}, labelled by features of {recipe.generator}, '
    dtype = (
        recipe.sampler.dtype
        or recipe.dtype
        or ('float32' if device.startswith('cpu') else str(found.half).removeprefix('torch.'))
    )
    sizes = ', enlarged to '.join(f'{width}x{height}' for height, width in drawn_sizes(recipe))
    many = f'{workers} worker{"s" if workers > 1 else ""}'
    return (
        f'{drawn}{sizes} pixels, on {describe_device(device)}, in {dtype}; {many}, {recipe.batch_size} images at once'
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
