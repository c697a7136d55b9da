"""Several decoders as one, whose predictions are averaged (not in the paper)."""

from collections.abc import Sequence

from torch import Tensor, nn

from mmdatasetdm.decoder.postprocess import Instances
from mmdatasetdm.errors import UserError
from mmdatasetdm.models.decode_heads.base import DecoderHead, DepthHead, InstanceHead, PoseHead, SemanticHead, mean_of
from mmdatasetdm.models.decode_heads.pixel_instance import PixelInstanceHead


class HeadEnsemble(DecoderHead, nn.Module):
    """The mean of what several heads predict from the same features.

    Decoders that learnt from the same few labelled images with different seeds err in different places. All read the
    features of one extraction pass, so each further one costs only its own small network.

    Args:
        heads: ``decode_head`` of each decoder.
    """

    def __init__(self, *, heads: Sequence[DecoderHead]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(heads)

    @property
    def members(self) -> Sequence[DecoderHead]:
        """The heads."""
        return list(self.heads)


class SemanticEnsemble(HeadEnsemble):
    """Of :class:`SemanticHead`."""

    task = SemanticHead.task

    @property
    def num_classes(self) -> int:
        """That of each head."""
        return self.heads[0].num_classes

    def predict_probs(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        """Class probabilities (B, num_classes, H, W) at ``image_size``."""
        return mean_of([head.predict_probs(features, image_size) for head in self.heads])


class InstanceEnsemble(HeadEnsemble):
    """Of :class:`PixelInstanceHead`: the connected components of the mean of the pixels' class probabilities.

    Raises:
        UserError: the heads have queries, which cannot be averaged: no query of one is a query of another.
    """

    task = InstanceHead.task

    def __init__(self, *, heads: Sequence[InstanceHead]) -> None:
        for head in heads:
            if not isinstance(head, PixelInstanceHead):
                raise UserError(
                    f'the instances of {type(head).__name__} cannot be averaged: name one checkpoint, or take '
                    'decoders with a PixelInstanceHead'
                )
        super().__init__(heads=heads)

    @property
    def num_classes(self) -> int:
        """That of each head."""
        return self.heads[0].num_classes

    def predict_instances(
        self, features: Sequence[Tensor], image_size: tuple[int, int], *, allowed: Tensor | None = None
    ) -> Instances:
        """The instances of a batch, with masks at ``image_size``; see :class:`InstanceHead`."""
        probs = mean_of([head.predict_probs(features, image_size) for head in self.heads])
        return self.heads[0].components(probs, allowed=allowed)


class DepthEnsemble(HeadEnsemble):
    """Of :class:`DepthHead`."""

    task = DepthHead.task

    def predict_depth(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        """Depth (B, 1, H, W) in metres at ``image_size``."""
        return mean_of([head.predict_depth(features, image_size) for head in self.heads])


class PoseEnsemble(HeadEnsemble):
    """Of :class:`PoseHead`."""

    task = PoseHead.task

    @property
    def codec(self) -> object:
        """That of the first head."""
        return self.heads[0].codec

    def predict_heatmaps(self, features: Sequence[Tensor]) -> Tensor:
        """Heat maps (B, K, h, w)."""
        return mean_of([head.predict_heatmaps(features) for head in self.heads])


ENSEMBLES = {kind.task: kind for kind in (SemanticEnsemble, InstanceEnsemble, DepthEnsemble, PoseEnsemble)}


class DecoderEnsemble(nn.Module):
    """Decoders of one config as one that annotators take.

    Args:
        models: as :func:`build_decoder` returns them; they have the same backbone and, by name, the same classes.

    Raises:
        UserError: they learnt other classes, or their heads cannot be averaged.
    """

    def __init__(self, *, models: Sequence[nn.Module]) -> None:
        super().__init__()
        first, *others = [(model.dataset_meta or {}).get('classes') for model in models]
        for number, classes in enumerate(others, 2):
            if classes != first:
                raise UserError(f'decoders 1 and {number} have other classes: {first} and {classes}')
        self.backbone = models[0].backbone
        self.dataset_meta = models[0].dataset_meta
        heads = [model.decode_head for model in models]
        self.decode_head = ENSEMBLES[heads[0].task](heads=heads)
