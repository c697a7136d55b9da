"""Several decoders as one: what they predict is averaged (not in the paper)."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from mmdatasetdm.errors import UserError


class EnsembleHead(nn.Module):
    """The mean of what several heads predict of the same features.

    Decoders that learnt from the same few labelled images with other starts err in other places; all read the features
    of one extraction pass, so that each further one costs its own small network alone.

    Args:
        heads: ``decode_head`` of each decoder. Heads whose objects are queries cannot be averaged: no query of one is
            a query of the other.

    Raises:
        UserError: the heads find objects, and not by a classification of pixels.
    """

    def __init__(self, *, heads: Sequence[nn.Module]) -> None:
        super().__init__()
        if hasattr(heads[0], 'predict_objects') and not hasattr(heads[0], 'objects_of'):
            raise UserError(
                f'objects that {type(heads[0]).__name__} finds cannot be averaged: name one checkpoint, or take '
                'decoders with a PixelInstanceHead'
            )
        self.heads = nn.ModuleList(heads)

    def predict_probs(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        """Class probabilities (B, classes, H, W) at ``image_size``."""
        return self._mean(lambda head: head.predict_probs(features, image_size))

    def predict_objects(
        self, features: Sequence[Tensor], image_size: tuple[int, int], *, allowed: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """The connected parts of the mean of the pixels' classes, as PixelInstanceHead's."""
        return self.heads[0].objects_of(self.predict_probs(features, image_size), allowed=allowed)

    def predict_depth(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        """Depth (B, 1, H, W) in metres at ``image_size``."""
        return self._mean(lambda head: head.predict_depth(features, image_size))

    @property
    def codec(self) -> object:
        """What reads joints from heat maps; that of the first."""
        return self.heads[0].codec

    def predict_heatmaps(self, features: Sequence[Tensor]) -> Tensor:
        """Heat maps (B, K, h, w)."""
        return self._mean(lambda head: head.predict_heatmaps(features))

    def _mean(self, predict: Callable[[nn.Module], Tensor]) -> Tensor:
        return torch.stack([predict(head).float() for head in self.heads]).mean(0)


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
        self.decode_head = EnsembleHead(heads=[model.decode_head for model in models])
