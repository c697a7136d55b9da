"""The recipe: everything that a synthetic data set is a function of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mmengine.config import Config

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.filters import Filter, build_filters
from mmdatasetdm.generation.prompts import PromptSource, build, build_prompts
from mmdatasetdm.generation.writer_options import Writer, WriterOptions, build_writer_options


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """How images are sampled: by a diffusers scheduler of this name; sizes in pixels, None: the generator's own."""

    scheduler: str = 'DDIMScheduler'
    steps: int = 50
    guidance: float = 7.5
    negative_prompt: str = ''
    height: int | None = None
    width: int | None = None


@dataclass(frozen=True, kw_only=True)
class Ignore:
    """When a pixel becomes ignore (255).

    Args:
        score: the winning class's probability is below this.
        margin: the winner's lead over the second class is below this.
        per_class: ``score`` for single classes, e.g. ``dict(ball=0.35)``.
    """

    score: float = 0.5
    margin: float = 0.0
    per_class: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self):
        for name, value in dict(score=self.score, margin=self.margin, **self.per_class).items():
            if not isinstance(value, int | float) or not 0 <= value <= 1:
                raise UserError(f'recipe: ignore: {name} is {value!r}; it is a probability, 0 to 1')


@dataclass(frozen=True, kw_only=True)
class DecoderOptions:
    """The semantic decoder of the recipe.

    Args:
        config: the decoder's config file.
        checkpoint: its weights; of ``work_dirs/x/best_*.pth`` the newest.
        restrict_to_prompt: a pixel may only take the prompted classes and ``background``; probabilities are
            renormalised.
        background: the class that is always allowed, where the decoder has it.
        ignore: the ignore band.
        classes: with an open-vocabulary decoder, the classes to label, ``background`` first: any names that the
            generator knows. None: those of its training.
    """

    config: str
    checkpoint: str | None = None
    restrict_to_prompt: bool = False
    classes: Sequence[str] | None = None
    background: str = 'background'
    ignore: Ignore = Ignore()


@dataclass(frozen=True, kw_only=True)
class DepthOptions:
    """The depth decoder of the recipe.

    Args:
        config: the decoder's config file.
        checkpoint: its weights; of ``work_dirs/x/best_*.pth`` the newest.
    """

    config: str
    checkpoint: str | None = None


@dataclass(frozen=True, kw_only=True)
class InstanceOptions:
    """The instance decoder of the recipe.

    Args:
        config: the decoder's config file.
        checkpoint: its weights; of ``work_dirs/x/best_*.pth`` the newest.
        restrict_to_prompt: an object may only be of a prompted class, where a prompt names any.
        min_score: least score, class probability times the mask's mean probability, of an object that is kept.
        min_share: least share of the image's pixels.
        max_overlap: an object is dropped when more than this share of it belongs to objects of higher scores; what is
            left of a kept one has no pixel in common with them.
        semantic: 'keep' takes objects as they are, 'clip' cuts off what the semantic labels give to another class,
            'drop' drops objects of which they give more than half to another class, 'follow' gives each class the
            pixels that they give it and takes from the objects only which pixel is whose.
        min_part: parts of a mask that do not touch its largest one are cut off when they are smaller than this share of
            it: a stray blob in a corner makes a box as large as the image. 0 keeps all.
        category_ids: COCO ids of the decoder's classes; None: 1, 2, 3, ...
    """

    config: str
    checkpoint: str | None = None
    restrict_to_prompt: bool = False
    min_score: float = 0.3
    min_share: float = 0.002
    max_overlap: float = 0.5
    semantic: str = 'keep'
    min_part: float = 0.25
    category_ids: Sequence[int] | None = None

    def __post_init__(self):
        for name in ('min_score', 'min_share', 'max_overlap', 'min_part'):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 <= value <= 1:
                raise UserError(f'recipe: decoders.instance.{name} is {value!r}; it must be from 0 to 1')
        if self.semantic not in ('keep', 'clip', 'drop', 'follow'):
            raise UserError(
                f"recipe: decoders.instance.semantic is {self.semantic!r}; known are 'keep', 'clip', 'drop', 'follow'"
            )


@dataclass(frozen=True, kw_only=True)
class PoseOptions:
    """The pose decoder of the recipe.

    It looks for joints in the box of each person that the instance decoder found; without one, in the box of the
    semantic labels' person; without either, in the whole image of a prompt with a person.

    Args:
        config: the decoder's config file.
        checkpoint: its weights; of ``work_dirs/x/best_*.pth`` the newest.
        person: the class that has joints.
        margin: share of a box's size that is added on every side.
        around: where no mask is known the box of the joints stands for the person's, widened on every side by this
            share of its longer side: head, hands and feet reach beyond the joints.
        visible, labelled: a joint with a score of ``visible`` or more gets visibility 2, of ``labelled`` or more 1 (it
            is there but not clearly seen), else 0.
        mask: visible joints that lie outside of the person's mask (the instance decoder's, or else the semantic
            labels' person): 'keep' takes them as they are, 'clip' hides them (visibility 0), 'drop' drops people with
            more than half of theirs outside.
    """

    config: str
    checkpoint: str | None = None
    person: str = 'person'
    margin: float = 0.1
    around: float = 0.08
    visible: float = 0.3
    labelled: float = 0.1
    mask: str = 'keep'

    def __post_init__(self):
        if self.mask not in ('keep', 'clip', 'drop'):
            raise UserError(f"recipe: decoders.pose.mask is {self.mask!r}; known are 'keep', 'clip', 'drop'")
        if not isinstance(self.around, int | float) or not self.around >= 0:
            raise UserError(f'recipe: decoders.pose.around is {self.around!r}; it must be 0 or more')
        if not 0 <= self.labelled <= self.visible or self.margin < 0:
            raise UserError(
                f'recipe: decoders.pose: labelled {self.labelled}, visible {self.visible}, margin {self.margin}; it '
                'must be 0 <= labelled <= visible, and margin 0 or more'
            )


OPTIONS = dict(semantic=DecoderOptions, instance=InstanceOptions, depth=DepthOptions, pose=PoseOptions)
TaskOptions = DecoderOptions | InstanceOptions | DepthOptions | PoseOptions


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One synthetic data set. ``num`` and ``batch_size`` change how much is made and how fast, not what is made."""

    generator: str
    prompts: PromptSource
    prompt_options: dict
    decoders: dict[str, TaskOptions]
    sampler: Sampler = Sampler()
    filters: tuple[Filter, ...] = ()
    writer: WriterOptions = field(default_factory=Writer)
    seed: int = 0
    num: int | None = None
    shard_size: int = 64
    batch_size: int = 16
    dtype: str | None = None


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
)


def load_recipe(path: str | Path, *, options: Mapping | None = None, decoders: Sequence[str] = ()) -> Recipe:
    """Read a recipe file.

    Args:
        path: the mmengine config.
        options: overrides by dotted key, as ``--cfg-options`` gives them.
        decoders: overrides of the form ``NAME=CONFIG,CHECKPOINT``.
    Raises:
        UserError: one line that names the key and what to do.
    """
    return parse_recipe(_read(path, options), decoders=decoders)


def load_prompts(path: str | Path, *, options: Mapping | None = None) -> PromptSource:
    """The prompts of a recipe alone: they need neither generator nor decoder."""
    config = _read(path, options)
    if not isinstance(config.get('prompts'), Mapping):
        raise UserError(f"recipe {path}: 'prompts' is missing")
    return build_prompts(config['prompts'], seed=config.get('seed', 0))


def _read(path: str | Path, options: Mapping | None) -> dict:
    if not Path(path).is_file():
        raise UserError(f'there is no recipe {path}')
    try:
        config = Config.fromfile(path)
        if options:
            config.merge_from_dict(dict(options))
    except (SyntaxError, KeyError, TypeError, OSError) as error:
        raise UserError(f'recipe {path} cannot be read: {error}') from None
    return config.to_dict()


def parse_recipe(config: Mapping, *, decoders: Sequence[str] = ()) -> Recipe:
    """A checked recipe from its plain dict."""
    config = {key: value for key, value in config.items() if key not in ('custom_imports', 'default_scope')}
    for key in config:
        if key not in KEYS:
            raise UserError(f"recipe: unknown key '{key}'; known are {', '.join(KEYS)}")
    for key in ('generator', 'prompts', 'decoders'):
        if not config.get(key):
            raise UserError(f"recipe: '{key}' is missing")
    for key in ('sampler', 'prompts', 'decoders', 'writer'):
        if not isinstance(config.get(key, {}), Mapping):
            raise UserError(f'recipe: {key} is {config[key]!r}; it must be a dict(…)')
    for key in ('seed', 'shard_size', 'batch_size'):
        value = config.get(key, 1)
        if not isinstance(value, int) or value < (0 if key == 'seed' else 1):
            raise UserError(
                f'recipe: {key} is {value!r}; it must be a whole number, {0 if key == "seed" else 1} or more'
            )
    seed = config.get('seed', 0)
    sampler = build(Sampler, config.pop('sampler', {}), where='sampler')
    if sampler.steps < 1:
        raise UserError(f'recipe: sampler.steps is {sampler.steps}; it must be 1 or more')
    prompts = build_prompts(config['prompts'], seed=seed)
    filters = build_filters(config.get('filters', ()))
    chosen = _decoders(config['decoders'], decoders)
    for rule in filters:
        if rule.task not in chosen:
            raise UserError(f'recipe: filter {type(rule).__name__} needs the decoder {rule.task}, which is not there')
    return Recipe(
        **{
            **config,
            'prompts': prompts,
            'prompt_options': dict(config['prompts']),
            'decoders': chosen,
            'sampler': sampler,
            'filters': filters,
            'writer': build_writer_options(config.get('writer', {})),
        }
    )


def _decoders(config: Mapping, overrides: Sequence[str]) -> dict[str, TaskOptions]:
    options = {name: dict(value) for name, value in config.items()}
    for override in overrides:
        name, _, files = override.partition('=')
        parts = files.split(',')
        if len(parts) != 2 or not all(parts):
            raise UserError(f"--decoder '{override}' is not NAME=CONFIG,CHECKPOINT")
        if name not in options:
            raise UserError(f"--decoder: the recipe has no decoder '{name}'; it has {', '.join(options)}")
        options[name].update(config=parts[0], checkpoint=parts[1])
    decoders = {}
    for name, value in options.items():
        if name not in OPTIONS:
            raise UserError(f'recipe: decoders.{name}: unknown task; known are {", ".join(OPTIONS)}')
        if name == 'semantic':
            value['ignore'] = build(Ignore, value.get('ignore', {}), where=f'decoders.{name}.ignore')
        decoder = build(OPTIONS[name], value, where=f'decoders.{name}')
        if not decoder.checkpoint:
            raise UserError(
                f'decoder {name} has no checkpoint; give --decoder {name}=CONFIG,CHECKPOINT '
                f'(train one with: python tools/train.py {decoder.config})'
            )
        if '::' not in decoder.config and not Path(decoder.config).is_file():
            raise UserError(f'decoder {name}: there is no config {decoder.config}')
        if name == 'instance' and decoder.semantic != 'keep' and 'semantic' not in options:
            raise UserError(f"recipe: decoders.instance.semantic '{decoder.semantic}' needs a semantic decoder")
        if name == 'pose' and decoder.mask != 'keep' and not {'instance', 'semantic'} & set(options):
            raise UserError(f"recipe: decoders.pose.mask '{decoder.mask}' needs an instance or a semantic decoder")
        decoders[name] = replace(decoder, checkpoint=str(_newest(decoder.checkpoint, name=name, config=decoder.config)))
    return decoders


def _newest(pattern: str, *, name: str, config: str) -> Path:
    """The checkpoint file; of several that match, as ``work_dirs/x/best_*.pth`` may, the newest."""
    path = Path(pattern)
    found = [path] if path.is_file() else list(path.parent.glob(path.name)) if '*' in path.name else []
    if not found:
        raise UserError(
            f'decoder {name}: there is no checkpoint {pattern}; train one with: python tools/train.py {config}, or '
            f'give --decoder {name}=CONFIG,CHECKPOINT'
        )
    return max(found, key=lambda file: file.stat().st_mtime)
