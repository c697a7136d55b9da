"""What a recipe says about its decoders: ``decoders=dict(semantic=dict(config=…, …), instance=…, depth=…, pose=…)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mmdatasetdm.errors import UserError


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
        checkpoint: its weights; of ``work_dirs/x/best_*.pth`` the newest. A list: of several decoders of this config,
            whose predictions are averaged.
        restrict_to_prompt: a pixel may only take the prompted classes and ``background``; probabilities are
            renormalised.
        background: the class that is always allowed, where the decoder has it.
        ignore: the ignore band.
        classes: with an open-vocabulary decoder, the classes to label, ``background`` first: any names that the
            generator knows. None: those of its training.
    """

    config: str
    checkpoint: str | Sequence[str] | None = None
    restrict_to_prompt: bool = False
    classes: Sequence[str] | None = None
    background: str = 'background'
    ignore: Ignore = Ignore()


@dataclass(frozen=True, kw_only=True)
class DepthOptions:
    """The depth decoder of the recipe.

    Args:
        config: the decoder's config file.
        checkpoint: as of DecoderOptions.
    """

    config: str
    checkpoint: str | Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True)
class InstanceOptions:
    """The instance decoder of the recipe.

    Args:
        config: the decoder's config file.
        checkpoint: as of DecoderOptions.
        restrict_to_prompt: an object may only be of a prompted class, where a prompt names any.
        min_score: least score, class probability times the mask's mean probability, of an object that is kept.
        min_share: least share of the image's pixels.
        max_overlap: an object is dropped when more than this share of it belongs to objects of higher scores; what is
            left of a kept one has no pixel in common with them.
        semantic: 'keep' takes objects as they are, 'clip' cuts off what the semantic labels give to another class,
            'drop' drops objects of which they give more than half to another class.
        min_part: parts of a mask that do not touch its largest one are cut off when they are smaller than this share of
            it: a stray blob in a corner makes a box as large as the image. 0 keeps all.
        category_ids: COCO ids of the decoder's classes; None: 1, 2, 3, ...
    """

    config: str
    checkpoint: str | Sequence[str] | None = None
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
        if self.semantic not in ('keep', 'clip', 'drop'):
            raise UserError(
                f"recipe: decoders.instance.semantic is {self.semantic!r}; known are 'keep', 'clip', 'drop'"
            )


@dataclass(frozen=True, kw_only=True)
class PoseOptions:
    """The pose decoder of the recipe.

    It looks for joints in the box of each person that the instance decoder found; without one, in the box of the
    semantic labels' person; without either, in the whole image of a prompt with a person.

    Args:
        config: the decoder's config file.
        checkpoint: as of DecoderOptions.
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
    checkpoint: str | Sequence[str] | None = None
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
