"""Classifiers of pixels on the pixel decoder, without a transformer: for very few labels (not in the paper)."""

import sys
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmdatasetdm.decoder.pixel_decoder import PixelDecoder

# Added to the logit of a class that an image's prompt does not name: it is seldom there, but not never, since a prompt
# names only some of what its image shows. With -5 no prompt with dropped names could teach that a class is there.
ABSENT = -1.0
# The same where nothing else tells of the class: an open vocabulary excludes it.
EXCLUDED = -5.0
# Numbers of a tensor that a core's cache holds.
CACHED = 2**19


class PixelClassifier(nn.Module):
    """Feature pyramid -> class logits of every pixel, linear in the per-pixel embedding.

    Args:
        pixel_decoder: whose per-pixel embedding is classified.
        num_classes: number of classes.
    """

    def __init__(self, *, pixel_decoder: PixelDecoder, num_classes: int) -> None:
        super().__init__()
        self.pixel_decoder = pixel_decoder
        self.classifier = nn.Conv2d(pixel_decoder.out_channels, num_classes, 1)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Levels (B, C_i, H_i, W_i), finest first -> (B, num_classes, H, W) at the size of the embedding."""
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
        pixel_decoder: whose per-pixel embedding is classified.
        num_classes: number of classes.
        phrase_classes: class id of each phrase, in the order of the attention maps.
        phrase_levels: the feature levels whose last ``len(phrase_classes)`` channels are these maps.
        hidden_channels: channels of the shared rule.
        open_vocabulary: one rule for all names, and nothing else.
    """

    def __init__(
        self,
        *,
        pixel_decoder: PixelDecoder,
        num_classes: int,
        phrase_classes: Sequence[int],
        phrase_levels: Sequence[int],
        hidden_channels: int = 32,
        open_vocabulary: bool = False,
    ) -> None:
        super().__init__()
        self.pixel_decoder = pixel_decoder
        self.num_classes = num_classes
        self.open_vocabulary = open_vocabulary
        self.phrase_classes = tuple(phrase_classes)
        self.phrase_levels = tuple(phrase_levels)
        channels = pixel_decoder.out_channels
        # classes without a phrase: the background, where there is one
        self.unnamed = [index for index in range(num_classes) if index not in self.phrase_classes]
        self.own = nn.Conv2d(channels, len(self.unnamed) if open_vocabulary else num_classes, 1)
        self.from_pixel = nn.Conv2d(channels, hidden_channels, 1)
        # the maps, and their ratio to the image's greatest value
        self.from_attention = nn.Conv2d(
            2 * len(self.phrase_levels), hidden_channels, 3, padding=1, padding_mode='replicate'
        )
        self.shared = nn.Sequential(
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden_channels, hidden_channels, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden_channels, 1, 1),
        )

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Levels (B, C_i, H_i, W_i), finest first -> (B, num_classes, H, W) at the size of the embedding."""
        count = len(self.phrase_classes)
        pixels, _ = self.pixel_decoder(self._without_attention(features) if self.open_vocabulary else features)
        pixels = pixels.relu()
        logits = self.own(pixels)
        if self.open_vocabulary:
            named = logits.new_zeros(len(logits), self.num_classes, *logits.shape[-2:])
            logits = named.index_add(1, torch.tensor(self.unnamed, device=logits.device), logits)
        maps = [features[level][:, -count:].float() for level in self.phrase_levels]
        image, phrase = (maps[0].amax(dim=(2, 3)) > 0).nonzero(as_tuple=True)
        absent = EXCLUDED if self.open_vocabulary else ABSENT
        shared = logits.new_full((len(maps[0]), count, *pixels.shape[-2:]), absent)
        of_pixels = self.from_pixel(pixels)
        for some in torch.arange(len(image), device=image.device).split(self._at_once(of_pixels)):
            drawn = self.from_attention(
                self._attention([level[image[some], phrase[some]] for level in maps], pixels.shape[-2:])
            )
            shared[image[some], phrase[some]] = self.shared(drawn + of_pixels[image[some]])[:, 0].to(shared)
        return logits.index_add(1, torch.tensor(self.phrase_classes, device=logits.device), shared)

    @staticmethod
    def _at_once(of_pixels: Tensor) -> int:
        """How many names the shared rule reads at once: on a CPU as many as its cache holds, which is four times faster
        than all names of a batch.
        """
        return max(1, CACHED // of_pixels[0].numel()) if of_pixels.device.type == 'cpu' else sys.maxsize

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
