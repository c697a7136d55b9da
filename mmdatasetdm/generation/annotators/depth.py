"""The depth annotator: finished latents -> metric depth, 0 where the decoder is not sure of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import torch
import torch.nn.functional as F
from mmengine.config import Config
from pydantic import Field
from torch import Tensor

from mmdatasetdm.generation.annotators.base import Annotation, Annotator, TaskOptions, finite_rows
from mmdatasetdm.generation.annotators.loading import load_decoder
from mmdatasetdm.generation.options import NotNegative, checked
from mmdatasetdm.generation.prompts.base import Prompt
from mmdatasetdm.generation.scores import DepthScores
from mmdatasetdm.registry import ANNOTATORS

if TYPE_CHECKING:
    from mmdatasetdm.models.decode_heads.base import Decoder

Fraction = Annotated[float, Field(gt=0)]


@checked
class DepthIgnore:
    """When a pixel's depth is unknown (0).

    Args:
        step: the farthest of the pixel and its eight neighbours is farther than the nearest by more than this
            fraction of that: an edge, on which the decoder puts points that are on neither of the two surfaces. None:
            edges are kept. 0.2 is 1.6 % of the built-in world's pixels, whose error is 2.6 times the mean.
        spread: with several checkpoints, the standard deviation of their depths is more than this fraction of the mean.
            None: whatever it is.
        nearest, farthest: metres; the depth is outside of them. None: there is no farthest.
    """

    step: Fraction | None = 0.2
    spread: Fraction | None = 0.15
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


@ANNOTATORS.register_module('depth')
class DepthAnnotator:
    """Metric depth of every pixel.

    Args:
        model: a DiffusionDepthEstimator, in eval mode, or a DecoderEnsemble of some.
        options: from the recipe.
    """

    Options = DepthOptions
    needs_all_classes = False

    def __init__(self, *, model: Decoder, options: DepthOptions):
        self.model = model
        self.options = options

    @classmethod
    def build(
        cls, options: DepthOptions, *, config: Config, device: str, built: Mapping[str, Annotator]
    ) -> DepthAnnotator:
        return cls(model=load_decoder('depth', options, config, device), options=options)

    @property
    def identity(self) -> dict:
        return dict(ignore=asdict(self.options.ignore))

    def check_prompts(self, classes: Sequence[str]) -> None:
        """Depth has no classes."""

    def label(
        self,
        features: Sequence[Tensor],
        prompts: Sequence[Prompt],
        *,
        image_size: tuple[int, int],
        annotations: Mapping[str, Sequence[Annotation]],
        all_classes: Sequence[Tensor] | None = None,
    ) -> list[Annotation]:
        members = self.model.decode_head.members
        each = torch.stack([head.predict_depth(features, image_size)[:, 0].float().cpu() for head in members])
        finite = finite_rows(each.transpose(0, 1))
        return [
            self._annotation(each[:, row]) if good else Annotation.failed('the depth is not finite')
            for row, good in enumerate(finite)
        ]

    def _annotation(self, depths: Tensor) -> Annotation:
        """Depths (N, H, W) of one image as N decoders see it."""
        depth = depths.mean(0)
        unsure = uncertain_depth(depths, self.options.ignore)
        known = depth[~unsure]
        values = dict(nearest=known.min(), median=known.median(), farthest=known.max()) if len(known) else {}
        metres = {name: round(value.item(), 3) for name, value in values.items()}
        scores = DepthScores(ignored=round(unsure.float().mean().item(), 6), **metres)
        return Annotation(labels=depth.masked_fill(unsure, 0).numpy(), scores=scores)


def uncertain_depth(depths: Tensor, ignore: DepthIgnore) -> Tensor:
    """Where the mean of depths (N, H, W), in metres, is not to be trusted: (H, W) bool."""
    depth = depths.mean(0)
    unsure = depth < ignore.nearest
    if ignore.farthest is not None:
        unsure |= depth > ignore.farthest
    if ignore.spread is not None and len(depths) > 1:
        unsure |= depths.std(0, correction=0) > ignore.spread * depth
    if ignore.step is not None:
        high, low = (F.max_pool2d(sign * depth[None, None], 3, stride=1, padding=1)[0, 0] for sign in (1, -1))
        unsure |= high + low > -ignore.step * low  # low is minus the least of the neighbours
    return unsure
