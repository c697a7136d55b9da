"""Several decoders as one, whose predictions are averaged (not in the paper)."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, cast

from torch import Tensor, nn

from mmdatasetdm.decoder.postprocess import Instances
from mmdatasetdm.errors import UserError
from mmdatasetdm.models.decode_heads.base import (
    Decoder,
    DecoderHead,
    DepthHead,
    InstanceHead,
    PoseHead,
    SemanticHead,
    mean_of,
)
from mmdatasetdm.models.decode_heads.pixel_instance import PixelInstanceHead

HeadT = TypeVar('HeadT', bound=DecoderHead)


class HeadEnsemble(DecoderHead, nn.Module, Generic[HeadT]):
    """The mean of what several heads predict from the same features.

    Decoders that learnt from the same few labelled images with different seeds err in different places. All read the
    features of one extraction pass, so each further one costs only its own small network.

    Args:
        heads: ``decode_head`` of each decoder.
    """

    def __init__(self, *, heads: Sequence[HeadT]) -> None:
        super().__init__()
        self._members = list(heads)
        self.heads = nn.ModuleList(cast(list[nn.Module], heads))

    @property
    def members(self) -> Sequence[HeadT]:
        """The heads."""
        return self._members


class SemanticEnsemble(HeadEnsemble[SemanticHead]):
    """Of :class:`SemanticHead`."""

    task = SemanticHead.task

    @property
    def num_classes(self) -> int:
        """That of each head."""
        return self.members[0].num_classes

    def predict_probs(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        """Class probabilities (B, num_classes, H, W) at ``image_size``."""
        return mean_of([head.predict_probs(features, image_size) for head in self.members])


class InstanceEnsemble(HeadEnsemble[PixelInstanceHead]):
    """Of :class:`PixelInstanceHead`: the connected components of the mean of the pixels' class probabilities.

    Raises:
        UserError: the heads have queries, which cannot be averaged: no query of one is a query of another.
    """

    task = InstanceHead.task

    def __init__(self, *, heads: Sequence[InstanceHead]) -> None:
        averaged = [head for head in heads if isinstance(head, PixelInstanceHead)]
        if len(averaged) < len(heads):
            raise UserError(
                f'the instances of {type(heads[0]).__name__} cannot be averaged: name one checkpoint, or take '
                'decoders with a PixelInstanceHead'
            )
        super().__init__(heads=averaged)

    @property
    def num_classes(self) -> int:
        """That of each head."""
        return self.members[0].num_classes

    def predict_instances(
        self, features: Sequence[Tensor], image_size: tuple[int, int], *, allowed: Tensor | None = None
    ) -> Instances:
        """The instances of a batch, with masks at ``image_size``; see :class:`InstanceHead`."""
        probs = mean_of([head.predict_probs(features, image_size) for head in self.members])
        return self.members[0].components(probs, allowed=allowed)


class DepthEnsemble(HeadEnsemble[DepthHead]):
    """Of :class:`DepthHead`."""

    task = DepthHead.task

    def predict_depth(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        """Depth (B, 1, H, W) in metres at ``image_size``."""
        return mean_of([head.predict_depth(features, image_size) for head in self.members])


class PoseEnsemble(HeadEnsemble[PoseHead]):
    """Of :class:`PoseHead`."""

    task = PoseHead.task

    @property
    def codec(self) -> object:
        """That of the first head."""
        return self.members[0].codec

    def predict_heatmaps(self, features: Sequence[Tensor]) -> Tensor:
        """Heat maps (B, K, h, w)."""
        return mean_of([head.predict_heatmaps(features) for head in self.members])


ENSEMBLES: dict[str, Any] = {
    kind.task: kind for kind in (SemanticEnsemble, InstanceEnsemble, DepthEnsemble, PoseEnsemble)
}


class DecoderEnsemble(nn.Module):
    """Decoders of one config as one that annotators take.

    Args:
        models: as :func:`build_decoder` returns them; they have the same backbone and, by name, the same classes.

    Raises:
        UserError: they learnt other classes, or their heads cannot be averaged.
    """

    def __init__(self, *, models: Sequence[Decoder]) -> None:
        super().__init__()
        first, *others = [(model.dataset_meta or {}).get('classes') for model in models]
        for number, classes in enumerate(others, 2):
            if classes != first:
                raise UserError(f'decoders 1 and {number} have other classes: {first} and {classes}')
        self.backbone = models[0].backbone
        self.dataset_meta = models[0].dataset_meta
        heads = [model.decode_head for model in models]
        self.decode_head = ENSEMBLES[heads[0].task](heads=heads)
