"""What a recipe says about its decoders: ``decoders=dict(semantic=dict(config=…, …), instance=…, depth=…, pose=…)``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from typing import Annotated, Literal

from pydantic import Field

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.options import Files, Names, NotNegative, Probability, Text, Whole, checked

# what becomes of labels that other labels contradict
Overruled = Literal['keep', 'clip', 'drop']
Share = Annotated[float, Field(gt=0)]


@checked
class Ignore:
    """When a pixel becomes ignore (255).

    Args:
        score: the winning class's probability is below this.
        margin: the winner's lead over the second class is below this.
        per_class: ``score`` for single classes, e.g. ``dict(ball=0.35)``.
        unnamed: it is called background, but the classes that the prompt did not name have this probability or more,
            together, with the prompt's text or with the text of all classes, which is read in a further pass: a pass
            whose text names some classes hardly sees the others. None: background is trusted, and there is no such
            pass.
    """

    score: Probability = 0.5
    margin: Probability = 0.0
    per_class: Mapping[str, Probability] = field(default_factory=dict)
    unnamed: Probability | None = 0.2


@checked
class TaskOptions:
    """What a recipe says about any decoder.

    Args:
        config: the decoder's config file.
        checkpoint: its weights, or the work folder of its training, whose last checkpoint is taken. A list: of several
            decoders of this config, whose predictions are averaged.
    """

    config: str
    checkpoint: Files | None = None

    def check_others(self, tasks: Collection[str]) -> None:
        """UserError when an option needs a decoder that is not among the recipe's ``tasks``."""


@checked
class DecoderOptions(TaskOptions):
    """The semantic decoder of the recipe.

    Args:
        restrict_to_prompt: a pixel may only take the prompted classes and ``background``; probabilities are
            renormalised.
        background: the class that is no object, and always allowed; None, said explicitly, where the decoder's classes
            have none, as CamVid's.
        ignore: the ignore band.
        classes: with an open-vocabulary decoder, the classes to label, ``background`` first: any names that the
            generator knows. None: those of its training.
    """

    restrict_to_prompt: bool = False
    classes: Names | None = None
    background: Text | None = 'background'
    ignore: Ignore = Ignore()


@checked
class DepthIgnore:
    """When a pixel's depth is unknown (0).

    Args:
        step: the farthest of the pixel and its eight neighbours is farther than the nearest by more than this share of
            that: an edge, on which the decoder puts points that are neither of the object nor of what is behind it.
            None: edges are kept. 0.2 is 1.6 % of the built-in world's pixels, whose error is 2.6 times the mean.
        spread: with several checkpoints, the standard deviation of their depths is more than this share of the mean.
            None: whatever it is.
        nearest, farthest: metres; the depth is outside of them. None: there is no farthest.
    """

    step: Share | None = 0.2
    spread: Share | None = 0.15
    nearest: NotNegative = 0.0
    farthest: NotNegative | None = None

    def __post_init__(self):
        if self.farthest is not None and self.farthest <= self.nearest:
            raise ValueError(f'farthest {self.farthest:g} must be more than nearest {self.nearest:g}')


@checked
class DepthOptions(TaskOptions):
    """The depth decoder of the recipe.

    Args:
        ignore: which depths are left unknown.
    """

    ignore: DepthIgnore = DepthIgnore()


@checked
class InstanceOptions(TaskOptions):
    """The instance decoder of the recipe.

    Args:
        restrict_to_prompt: an object may only be of a prompted class, where a prompt names any.
        min_score: least score, class probability times the mask's mean probability, of an object that is kept.
        ignore_score: an object from this score up to ``min_score`` is uncertain: a crowd (``iscrowd=1``), which stock
            models train on neither as an object nor, here, as background. ``min_score``: there are none.
        min_share: least share of the image's pixels.
        max_overlap: an object is dropped when more than this share of it belongs to objects of higher scores; what is
            left of a kept one has no pixel in common with them.
        semantic: 'keep' takes objects as they are, 'clip' cuts off what the semantic labels give to another class,
            'drop' drops objects of which they give more than half to another class.
        min_part: parts of a mask that do not touch its largest one are cut off when they are smaller than this share of
            it: a stray blob in a corner makes a box as large as the image. 0 keeps all.
        category_ids: COCO ids of the decoder's classes; None: 1, 2, 3, ...
    """

    restrict_to_prompt: bool = False
    min_score: Probability = 0.3
    ignore_score: Probability = 0.1
    min_share: Probability = 0.002
    max_overlap: Probability = 0.5
    semantic: Overruled = 'keep'
    min_part: Probability = 0.25
    category_ids: Annotated[Sequence[Whole], Field(min_length=1)] | None = None

    def check_others(self, tasks: Collection[str]) -> None:
        if self.semantic != 'keep' and 'semantic' not in tasks:
            raise UserError(f"recipe: decoders.instance.semantic '{self.semantic}' needs a semantic decoder")


@checked
class PoseOptions(TaskOptions):
    """The pose decoder of the recipe.

    It looks for joints in the box of each person that the instance decoder found; without one, in the box of the
    semantic labels' person; without either, in the whole image of a prompt with a person.

    Args:
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

    person: Text = 'person'
    margin: NotNegative = 0.1
    around: NotNegative = 0.08
    visible: NotNegative = 0.3
    labelled: NotNegative = 0.1
    mask: Overruled = 'keep'

    def __post_init__(self):
        if self.labelled > self.visible:
            raise ValueError(f'labelled {self.labelled:g} is more than visible {self.visible:g}')

    def check_others(self, tasks: Collection[str]) -> None:
        if self.mask != 'keep' and not {'instance', 'semantic'} & set(tasks):
            raise UserError(f"recipe: decoders.pose.mask '{self.mask}' needs an instance or a semantic decoder")
