"""The recipe: everything that a synthetic data set is a function of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SkipValidation

from mmdatasetdm.engine.work_dir import last_checkpoint
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.base import TaskOptions
from mmdatasetdm.generation.filters.base import Filter, build_filters
from mmdatasetdm.generation.options import (
    Count,
    Files,
    Names,
    NotNegative,
    Probability,
    Text,
    Whole,
    build,
    check,
    checked,
    choose,
    shown,
)
from mmdatasetdm.generation.progress import StopIf
from mmdatasetdm.generation.prompts.base import PromptSource, Texts, build_prompts
from mmdatasetdm.generation.writers.base import WriterOptions, build_writer_options
from mmdatasetdm.registry import ANNOTATORS, BUILT_IN_DECODERS
from mmdatasetdm.utils.config import import_modules, read_keys
from mmdatasetdm.utils.paths import locate, locate_prompts

# of an image; far more than any generator draws, and a slip of the hand would take the machine's memory
MAX_SIDE = 8192
Dtype = Literal['float32', 'float16', 'bfloat16']
Side = Annotated[int, Field(ge=1, le=MAX_SIDE)]


@checked
class UpscalerOptions:
    """A later stage of a cascade, which draws a larger image from the one before it, as DeepFloyd IF's stages do.

    Args:
        source: a diffusers folder or a hub id.
        steps, guidance: of its sampling, by its own scheduler.
        noise_level: how much noise the smaller image gets; None: the default of its pipeline in diffusers.
    """

    source: Text
    steps: Count = 50
    guidance: NotNegative = 4.0
    noise_level: Whole | None = None


@checked
class Sampler:
    """How images are sampled: by a diffusers scheduler of this name, None: DDIM's, or the generator's where it has its
    own (flow matching); sizes in pixels, None: the generator's own.

    ``upscalers`` enlarge the image, one after the other. The decoders read the generator's image, and their labels have
    the size of the last one.

    ``generator``, ``lora``: another model draws the images, of fewer steps for instance; the decoders go on reading the
    features of the recipe's generator. ``options`` of the scheduler: dict(use_karras_sigmas=True).

    ``guidance_interval``: beginning and end of the steps that are guided, as shares of all; the others take one pass
    instead of two. ``dtype``: precision of the denoiser that draws; None: the recipe's. What the decoders read keeps
    that of the recipe.
    """

    scheduler: Text | None = None
    steps: Count = 50
    guidance: NotNegative = 7.5
    guidance_interval: tuple[Probability, Probability] = (0.0, 1.0)
    negative_prompt: str = ''
    height: Side | None = None
    width: Side | None = None
    upscalers: SkipValidation[tuple[UpscalerOptions, ...]] = ()
    generator: Text | None = None
    lora: Text | None = None
    dtype: Dtype | None = None
    options: Mapping[Text, Any] = field(default_factory=dict)


@checked
class Recipe:
    """One synthetic data set.

    ``num``, ``batch_size`` and ``engine`` change how much is made and how fast, not what is made.
    ``compile``: the denoiser that draws is compiled (:meth:`DiffusionModel.compile`).
    ``stop_if``: when a run ends early because nothing that it makes is of use; None: never.
    ``lora``: a LoRA of the generator, with which the decoders were trained too.
    ``custom_imports``: modules of other packages, which register the kinds that the recipe names.
    """

    generator: Text
    prompts: SkipValidation[PromptSource]
    prompt_options: SkipValidation[dict]
    decoders: dict[str, TaskOptions]
    writer: WriterOptions
    sampler: Sampler = Sampler()
    filters: SkipValidation[tuple[Filter, ...]] = ()
    lora: Text | None = None
    seed: Whole = 0
    num: Count | None = None
    shard_size: Count = 64
    batch_size: Count = 16
    dtype: Dtype | None = None
    engine: dict = field(default_factory=lambda: dict(type='local'))
    stop_if: StopIf | None = StopIf()
    compile: bool = False
    custom_imports: Sequence[Text] = ()


KEYS = (
    'generator',
    'sampler',
    'prompts',
    'decoders',
    'filters',
    'writer',
    'seed',
    'num',
    'shard_size',
    'batch_size',
    'dtype',
    'lora',
    'engine',
    'stop_if',
    'compile',
    'custom_imports',
)


def load_recipe(path: str | Path, *, options: Mapping | None = None, decoders: Sequence[str] = ()) -> Recipe:
    """Read a recipe file.

    Args:
        path: the mmengine config.
        options: overrides by dotted key, as ``--cfg-options`` gives them.
        decoders: overrides of the form ``NAME=CONFIG,CHECKPOINT[,CHECKPOINT...]``.
    Raises:
        UserError: one line that names the key and what to do.
    """
    return parse_recipe(_read(path, options), decoders=decoders)


def load_prompts(path: str | Path, *, options: Mapping | None = None) -> PromptSource:
    """The prompts of a recipe alone: they need neither generator nor decoder."""
    config = _read(path, options)
    _check_parts(config, needed=('prompts',))
    return build_prompts(config['prompts'], seed=check(Whole, config.get('seed', 0), where='seed'))


def load_prompt_names(path: str | Path) -> tuple[tuple[str, ...], dict[str, Sequence[str]], str | None]:
    """A recipe's classes, their further phrases and its generator; the file of its prompts need not be there yet."""
    config = _read(path, None)
    prompts = config.get('prompts')
    if isinstance(prompts, Mapping) and prompts.get('type') == 'file':
        classes = check(Names, prompts.get('classes', ()), where='prompts.classes')
        phrases = check(Mapping[str, Texts], prompts.get('phrases', {}), where='prompts.phrases')
        if not classes and locate_prompts(check(Text, prompts.get('path'), where='prompts.path')).is_file():
            source = load_prompts(path)
            return source.classes, dict(source.phrases), config.get('generator')
        return tuple(classes), dict(phrases), config.get('generator')
    source = load_prompts(path)
    return source.classes, dict(source.phrases), config.get('generator')


def _read(path: str | Path, options: Mapping | None) -> dict:
    path = locate(path)
    if not path.is_file():
        raise UserError(f'there is no recipe {path}')
    return read_keys(path, what='recipe', known=KEYS, options=options)


def _check_parts(config: Mapping, *, needed: Sequence[str]) -> None:
    for key in needed:
        if not config.get(key):
            raise UserError(f"recipe: '{key}' is missing")
    for key in ('sampler', 'prompts', 'decoders', 'writer', 'engine', 'custom_imports'):
        check(Mapping, config.get(key, {}), where=key)


def parse_recipe(config: Mapping, *, decoders: Sequence[str] = ()) -> Recipe:
    """A checked recipe from its plain dict."""
    config = {key: value for key, value in config.items() if key != 'default_scope'}
    for key in config:
        if key not in KEYS:
            raise UserError(f"recipe: unknown key '{key}'; known are {', '.join(KEYS)}")
    _check_parts(config, needed=('generator', 'prompts', 'decoders'))
    modules = import_custom(config)
    sampler = _sampler(config.get('sampler', {}))
    prompts = build_prompts(config['prompts'], seed=check(Whole, config.get('seed', 0), where='seed'))
    filters = build_filters(config.get('filters', ()))
    chosen = _decoders(config['decoders'], decoders)
    for rule in filters:
        if rule.task is not None and rule.task not in chosen:
            raise UserError(f'recipe: filter {type(rule).__name__} needs the decoder {rule.task}, which is not there')
    parts = dict(
        prompts=prompts,
        decoders=chosen,
        sampler=sampler,
        filters=filters,
        writer=build_writer_options(config.get('writer', {})),
        custom_imports=modules,
    )
    return build(Recipe, {**config, **parts}, where='', prompt_options=dict(config['prompts']))


def _sampler(config: Mapping) -> Sampler:
    stages = config.get('upscalers', ())
    if not isinstance(stages, (list, tuple)) or not all(isinstance(stage, Mapping) for stage in stages):
        raise UserError(f'recipe: sampler.upscalers is {shown(stages)}; it must be a list of dict(source=…, …)')
    upscalers = [
        build(UpscalerOptions, stage, where=f'sampler.upscalers[{number}]') for number, stage in enumerate(stages)
    ]
    sampler: Sampler = build(Sampler, {**config, 'upscalers': tuple(upscalers)}, where='sampler')
    first, last = sampler.guidance_interval
    if first >= last:
        raise UserError(f'recipe: sampler.guidance_interval is ({first}, {last}); the first must be below the last')
    return sampler


def import_custom(config: Mapping) -> tuple[str, ...]:
    """Import what a recipe's ``custom_imports=dict(imports=[…])`` names; -> the names of the modules.

    Raises:
        UserError: they are no names, or one cannot be imported.
    """
    given = check(Mapping, config.get('custom_imports', {}), where='custom_imports')
    names = check(Files, given.get('imports', ()), where='custom_imports.imports')
    import_modules(names, where='recipe: custom_imports')
    return tuple(names)


def _decoders(config: Mapping, overrides: Sequence[str]) -> dict[str, TaskOptions]:
    options = {name: dict(check(Mapping, value, where=f'decoders.{name}')) for name, value in config.items()}
    for override in overrides:
        name, _, files = override.partition('=')
        parts = files.split(',')
        if len(parts) < 2 or not all(parts):
            raise UserError(f"--decoder '{override}' is not NAME=CONFIG,CHECKPOINT[,CHECKPOINT...]")
        if name not in options:
            raise UserError(f"--decoder: the recipe has no decoder '{name}'; it has {', '.join(options)}")
        options[name].update(config=parts[0], checkpoint=parts[1:])
    decoders = {}
    for name, value in options.items():
        decoder = build(choose(ANNOTATORS, name, where='decoders: the task').Options, value, where=f'decoders.{name}')
        if not decoder.checkpoint:
            raise UserError(
                f'decoder {name} has no checkpoint; give --decoder {name}=CONFIG,CHECKPOINT '
                f'(train one with: python tools/train.py {decoder.config})'
            )
        if not locate(decoder.config).is_file():
            raise UserError(f'decoder {name}: there is no config {decoder.config}')
        decoder.check_tasks(options)
        decoders[name] = replace(decoder, checkpoint=_files(decoder.checkpoint, name=name, config=decoder.config))
    return decoders


def _files(given: Sequence[str], *, name: str, config: str) -> tuple[str, ...]:
    """The files of one or more checkpoints; the same file twice would count twice in the mean."""
    files = [str(_file(one, name=name, config=config)) for one in given]
    for number, file in enumerate(files):
        if any(Path(file).samefile(other) for other in files[:number]):
            raise UserError(f'decoder {name}: the checkpoint {file} is named twice')
    return tuple(files)


def _file(given: str, *, name: str, config: str) -> Path:
    """A checkpoint's file; of a work folder the last one; of a built-in generator the decoder that comes with it."""
    path = Path(given)
    generator, _, task = given.partition('/')
    if generator in BUILT_IN_DECODERS and not path.exists():
        path = BUILT_IN_DECODERS[generator] / f'{task}.safetensors'
    if path.is_dir():
        try:
            return last_checkpoint(path, config=config)
        except UserError as error:
            raise UserError(f'decoder {name}: {error}') from None
    if not path.is_file():
        raise UserError(
            f'decoder {name}: there is no checkpoint {given}; train one with: python tools/train.py {config}, or '
            f'give --decoder {name}=CONFIG,CHECKPOINT'
        )
    return path
