"""The P-Decoder: pixel decoder, and on it either the query decoder of the paper or a classifier of pixels."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmdatasetdm.decoder.pixel_decoder import PixelDecoder
from mmdatasetdm.decoder.transformer_decoder import Predictions, QueryDecoder

# Added to the logit of a class that an image's text does not name: it is seldom there, but not never, since a prompt
# names only some of what its image shows. With -5 no text with dropped names could teach that a class is there.
ABSENT = -1.0
# The same where nothing else tells of the class: with open vocabulary it is not looked for.
NOT_LOOKED_FOR = -5.0


class PDecoder(nn.Module):
    """Feature pyramid -> masks and their classes (supp 3.2).

    Args:
        pixel_decoder: its ``out_width`` is the query decoder's ``mask_width``.
        query_decoder: its ``width`` is the pixel decoder's.
    """

    def __init__(self, *, pixel_decoder: PixelDecoder, query_decoder: QueryDecoder) -> None:
        super().__init__()
        self.pixel_decoder = pixel_decoder
        self.query_decoder = query_decoder

    def forward(self, features: Sequence[Tensor]) -> Predictions:
        """features: levels (B, C_i, H_i, W_i), finest first."""
        return self.query_decoder(*self.pixel_decoder(features))


class PixelClassifier(nn.Module):
    """Feature pyramid -> class logits of every pixel; the pixel decoder alone, for when labels are very few.

    Args:
        pixel_decoder: no part of it is changed.
        classes: number of classes.
    """

    def __init__(self, *, pixel_decoder: PixelDecoder, classes: int) -> None:
        super().__init__()
        self.pixel_decoder = pixel_decoder
        self.classifier = nn.Conv2d(pixel_decoder.out_width, classes, 1)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """features: levels (B, C_i, H_i, W_i), finest first. -> (B, classes, H, W) at the embedding's size."""
        pixels, _ = self.pixel_decoder(features)
        return self.classifier(pixels.relu())


class PhraseClassifier(nn.Module):
    """Feature pyramid -> class logits of every pixel, by one rule for all named classes (not in the paper).

    A class's logit has a part of its own, linear in the pixel's embedding, and a shared one that reads the embedding
    beside the attention that the class's name drew. The shared rule ("what this name points at, and where it ends") is
    learnt from every object of every labelled image, so a class of which three were labelled profits from the others.
    A class whose name is not in an image's text is less likely there; with ``open_vocabulary`` it is all but excluded.

    With ``open_vocabulary`` named classes have no part of their own and the pixel decoder sees no attention: nothing
    in the decoder then depends on the names or on their number, and it labels names that no labelled image showed.

    Args:
        pixel_decoder: no part of it is changed.
        classes: number of classes.
        phrase_classes: class id of each phrase, in the order of the attention maps.
        phrase_levels: the feature levels whose last ``len(phrase_classes)`` channels are these maps.
        hidden: width of the shared rule.
        open_vocabulary: one rule for all names, and nothing else.
    """

    def __init__(
        self,
        *,
        pixel_decoder: PixelDecoder,
        classes: int,
        phrase_classes: Sequence[int],
        phrase_levels: Sequence[int],
        hidden: int = 32,
        open_vocabulary: bool = False,
    ) -> None:
        super().__init__()
        self.pixel_decoder = pixel_decoder
        self.classes = classes
        self.open_vocabulary = open_vocabulary
        self.phrase_classes = tuple(phrase_classes)
        self.phrase_levels = tuple(phrase_levels)
        width = pixel_decoder.out_width
        # without names: the background, where there is one
        self.unnamed = [index for index in range(classes) if index not in self.phrase_classes]
        self.own = nn.Conv2d(width, len(self.unnamed) if open_vocabulary else classes, 1)
        self.from_pixel = nn.Conv2d(width, hidden, 1)
        # the maps, and their ratio to the image's greatest value
        self.from_attention = nn.Conv2d(2 * len(self.phrase_levels), hidden, 3, padding=1, padding_mode='replicate')
        self.shared = nn.Sequential(
            nn.ReLU(inplace=True), nn.Conv2d(hidden, hidden, 1), nn.ReLU(inplace=True), nn.Conv2d(hidden, 1, 1)
        )

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """features: levels (B, C_i, H_i, W_i), finest first. -> (B, classes, H, W) at the embedding's size."""
        count = len(self.phrase_classes)
        pixels, _ = self.pixel_decoder(self._without_attention(features) if self.open_vocabulary else features)
        pixels = pixels.relu()
        logits = self.own(pixels)
        if self.open_vocabulary:
            named = logits.new_zeros(len(logits), self.classes, *logits.shape[-2:])
            logits = named.index_add(1, torch.tensor(self.unnamed, device=logits.device), logits)
        maps = [features[level][:, -count:].float() for level in self.phrase_levels]
        image, phrase = (maps[0].amax(dim=(2, 3)) > 0).nonzero(as_tuple=True)
        drawn = self.from_attention(self._attention([level[image, phrase] for level in maps], pixels.shape[-2:]))
        absent = NOT_LOOKED_FOR if self.open_vocabulary else ABSENT
        shared = logits.new_full((len(maps[0]), count, *pixels.shape[-2:]), absent)
        shared[image, phrase] = self.shared(drawn + self.from_pixel(pixels)[image])[:, 0].to(shared)
        return logits.index_add(1, torch.tensor(self.phrase_classes, device=logits.device), shared)

    def _without_attention(self, features: Sequence[Tensor]) -> list[Tensor]:
        count = len(self.phrase_classes)
        return [level[:, :-count] if i in self.phrase_levels else level for i, level in enumerate(features)]

    @staticmethod
    def _attention(maps: list[Tensor], size: tuple[int, int]) -> Tensor:
        """Levels (N, h, w) -> (N, 2 * levels, H, W), of the order of 1."""
        channels = []
        for level in maps:
            greatest = level.amax(dim=(1, 2), keepdim=True)
            # a token of 32 or 77 draws a few percent of a pixel's attention
            both = torch.stack([20 * level, level / greatest.clamp(min=1e-6)], dim=1)
            channels.append(F.interpolate(both, size=size, mode='bilinear', align_corners=False))
        return torch.cat(channels, dim=1)


def semantic_probabilities(class_logits: Tensor, mask_logits: Tensor, *, size: tuple[int, int]) -> Tensor:
    """Mask2Former's semantic inference, normalised: p(c | pixel) ~ sum over queries of p(c | q) * sigmoid(mask_q).

    Args:
        class_logits: (B, Q, classes + 1), of one layer.
        mask_logits: (B, Q, h, w).
        size: height and width of the result.

    Returns:
        (B, classes, H, W); sums to 1 over the classes.
    """
    masks = F.interpolate(mask_logits.float(), size=size, mode='bilinear', align_corners=False).sigmoid()
    classes = class_logits.float().softmax(-1)[..., :-1]
    scores = torch.einsum('bqc,bqhw->bchw', classes, masks)
    return scores / scores.sum(1, keepdim=True).clamp(min=1e-6)
