"""The semantic annotator: finished latents -> a class of every pixel, 255 where the decoder is not sure of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, field
from typing import TYPE_CHECKING

import torch
from mmengine.config import Config
from torch import Tensor

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.agreement import disagreement, member_probs, uncertainty
from mmdatasetdm.generation.annotators.base import (
    IGNORE,
    Annotation,
    Annotator,
    TaskOptions,
    allowed_classes,
    finite_rows,
    no_such_class,
)
from mmdatasetdm.generation.annotators.loading import decoder_classes, load_decoder
from mmdatasetdm.generation.options import Names, Probability, Text, checked
from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.generation.scores import SemanticScores
from mmdatasetdm.models.decode_heads.base import mean_of
from mmdatasetdm.registry import ANNOTATORS

if TYPE_CHECKING:
    from mmdatasetdm.models.decode_heads.base import Decoder


@checked
class SemanticIgnore:
    """When a pixel becomes ignore (255).

    Args:
        score: the winning class's probability is below this.
        margin: the winner's lead over the second class is below this.
        per_class: ``score`` for single classes, e.g. ``dict(ball=0.35)``.
        unnamed: it is called background, but the classes that the prompt did not name have this probability or more,
            together, with the prompt's text or with the text of all classes, in a further extraction pass: a pass
            whose text names some classes hardly sees the others. None: background is trusted, and there is no such
            pass.
    """

    score: Probability = 0.5
    margin: Probability = 0.0
    per_class: Mapping[str, Probability] = field(default_factory=dict)
    unnamed: Probability | None = 0.2


@checked
class SemanticOptions(TaskOptions):
    """The semantic decoder of the recipe.

    Args:
        restrict_to_prompt: a pixel may only take the prompted classes and ``background``; probabilities are
            renormalised.
        background: the class of pixels that show none of the others, and always allowed; None, given explicitly, where
            the decoder's classes have none, as CamVid's.
        ignore: the ignore band.
        classes: with an open-vocabulary decoder, the classes to label, ``background`` first: any names that the
            generator knows. None: those of its training.
    """

    restrict_to_prompt: bool = False
    classes: Names | None = None
    background: Text | None = 'background'
    ignore: SemanticIgnore = SemanticIgnore()

    def apply(self, config: Config) -> None:
        """Give an open-vocabulary decoder the classes."""
        if not self.classes:
            return
        from mmdatasetdm.models.load import name_classes

        names = list(self.classes)
        if self.background is None:
            raise UserError('recipe: decoders.semantic.background is None: a decoder of any names has a background')
        if names[0] != self.background or len(names) < 2 or len(set(names)) < len(names):
            raise UserError(
                f'recipe: decoders.semantic.classes is {names}; it must be {self.background!r} and then the names, '
                'each once'
            )
        try:
            name_classes(config, names)
        except UserError as error:
            raise UserError(f'recipe: decoders.semantic.classes: {error}') from None


@ANNOTATORS.register_module('semantic')
class SemanticAnnotator:
    """Labels every pixel with the decoder's most probable class, 255 where the decoder is unsure.

    Args:
        model: an mmseg EncoderDecoder of DiffusionFeatureBackbone and PDecoderHead, in eval mode, or a DecoderEnsemble
            of some.
        classes: the decoder's classes; a pixel's label is an index into them.
        options: from the recipe: the prompt restriction and the ignore band.
    """

    Options = SemanticOptions

    def __init__(self, *, model: Decoder, classes: Sequence[str], options: SemanticOptions):
        self.model = model
        self.classes = tuple(classes)
        self.options = options
        for name in options.ignore.per_class:
            if name not in self.classes:
                raise UserError(f'recipe: decoders.semantic.ignore.per_class: {no_such_class(name, self.classes)}')
        _check_background(options, self.classes)
        self._uses_prompt = model.backbone.prompt_template is not None
        # id of the background where it is not trusted: where a class that the prompt does not name may lie
        doubted = options.ignore.unnamed is not None and (options.restrict_to_prompt or self._uses_prompt)
        self._background = self.classes.index(options.background) if doubted and options.background in classes else None
        self.thresholds = torch.tensor(
            [options.ignore.per_class.get(name, options.ignore.score) for name in self.classes]
        )

    @classmethod
    def build(
        cls, options: SemanticOptions, *, config: Config, device: str, built: Mapping[str, Annotator]
    ) -> SemanticAnnotator:
        model = load_decoder('semantic', options, config, device)
        if options.classes:
            model.dataset_meta = dict(classes=tuple(options.classes))
        return cls(model=model, classes=decoder_classes('semantic', options, model), options=options)

    @property
    def needs_all_classes(self) -> bool:
        """Whether what is called background is compared with a pass whose text names all classes."""
        return self._background is not None and self._uses_prompt

    @property
    def identity(self) -> dict:
        options = asdict(self.options)
        return dict(
            classes=self.classes, **{key: options[key] for key in ('restrict_to_prompt', 'background', 'ignore')}
        )

    def check_prompts(self, classes: Sequence[str]) -> None:
        for name in classes:
            if name not in self.classes:
                raise UserError(f'recipe: prompts: {no_such_class(name, self.classes)}')

    def label(
        self,
        features: Sequence[Tensor],
        prompts: Sequence[Prompt],
        *,
        image_size: tuple[int, int],
        annotations: Mapping[str, Sequence[Annotation]],
        all_classes: Sequence[Tensor] | None = None,
    ) -> list[Annotation]:
        members = [one.float() for one in member_probs(self.model.decode_head, features, image_size)]
        probs = mean_of(members) if len(members) > 1 else members[0]
        spread = disagreement(members) if len(members) > 1 else None
        surprise = uncertainty(probs)
        present = probs.flatten(2).amax(2)
        finite = finite_rows(probs)
        allowed = allowed_classes(prompts, self.classes, always=self.options.background).to(probs)[:, :, None, None]
        unnamed = (probs * (1 - allowed)).sum(1)
        if all_classes is not None:
            everything = self.model.decode_head.predict_probs(all_classes, image_size).float()
            finite = [good and more for good, more in zip(finite, finite_rows(everything), strict=True)]
            unnamed = torch.maximum(unnamed, (everything * (1 - allowed)).sum(1))
        if self.options.restrict_to_prompt:
            probs = probs * allowed
        labels, confidence = label_map(probs, thresholds=self.thresholds.to(probs), margin=self.options.ignore.margin)
        if self._background is not None and self.options.ignore.unnamed is not None:
            doubtful = (labels == self._background) & (unnamed >= self.options.ignore.unnamed)
            labels = labels.masked_fill(doubtful, IGNORE)
        pixels = labels[0].numel()
        made: list[Annotation] = []
        means = confidence.flatten(1).mean(1).tolist()
        for row, (label, mean, good) in enumerate(zip(labels.cpu(), means, finite, strict=True)):
            if not good:
                made.append(Annotation.failed('the class probabilities are not finite'))
                continue
            counts = torch.bincount(label.flatten().long(), minlength=256).tolist()
            fractions = {name: round(counts[i] / pixels, 6) for i, name in enumerate(self.classes) if counts[i]}
            made.append(
                Annotation(
                    labels=label.numpy(),
                    scores=SemanticScores(
                        fractions=fractions,
                        ignored=round(counts[IGNORE] / pixels, 6),
                        confidence=round(mean, 4),
                        uncertainty=round(surprise[row].item(), 4),
                        presence=self._presence(present[row], prompts[row].classes),
                        disagreement=None if spread is None else round(spread[row].item(), 4),
                    ),
                )
            )
        return made

    def _presence(self, highest: Tensor, prompted: Sequence[str]) -> float | None:
        """The mean of the prompted classes' highest probabilities (C,); None: none is prompted."""
        known = [highest[self.classes.index(name)].item() for name in prompted if name in self.classes]
        return round(sum(known) / len(known), 4) if known else None


def _check_background(options: SemanticOptions, classes: Sequence[str]) -> None:
    """Where the background is needed or named, it must be a class: a misspelt one makes all pixels foreground."""
    named = options.background
    if named is None or named in classes or not (options.restrict_to_prompt or named != 'background'):
        return
    raise UserError(
        f'recipe: decoders.semantic.background is {named!r}, but the classes of the decoder are {", ".join(classes)}: '
        'say which of them is the background, or background=None where none is'
    )


def label_map(probs: Tensor, *, thresholds: Tensor, margin: float) -> tuple[Tensor, Tensor]:
    """Class scores (B, C, H, W), not negative -> labels (B, H, W) uint8 and the winner's probability (B, H, W).

    Scores are normalised to sum to 1 over the classes. A pixel is 255 where the winner's probability is below its
    class's threshold (``thresholds`` (C,)) or leads the runner-up by less than ``margin``.
    """
    probs = probs / probs.sum(1, keepdim=True).clamp_min(1e-12)
    best = probs.topk(min(2, probs.shape[1]), dim=1)
    winner, labels = best.values[:, 0], best.indices[:, 0]
    unsure = winner < thresholds[labels]
    if margin > 0 and probs.shape[1] > 1:
        unsure |= winner - best.values[:, 1] < margin
    return labels.masked_fill(unsure, IGNORE).to(torch.uint8), winner
