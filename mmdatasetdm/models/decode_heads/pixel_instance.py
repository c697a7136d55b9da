"""Objects without queries: the connected parts of what a decoder of pixels calls by one class (not in the paper)."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from mmdatasetdm.decoder.connected_components import connected_parts, near
from mmdatasetdm.errors import UserError
from mmdatasetdm.models.crowds import valid_pixels
from mmdatasetdm.models.decode_heads.pdecoder import PixelDecoderHead
from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class PixelInstanceHead(PixelDecoderHead):
    """PixelDecoderHead whose connected parts are objects; what :class:`InstanceDecoderHead` is to PDecoderHead.

    A classifier of pixels learns from fewer labelled images than queries do, but two objects of one class that touch
    are one to it, and an object behind another may be two. A part joins one of its class that is more than twice its
    size and whose box is near, a quarter of that box's longer side at most: a lamp's foot is no lamp.

    Args:
        num_classes: number of object classes; the background is one more, the last.
        phrase_classes: class id, from 0, of each phrase of the backbone.
        min_share: a part smaller than this share of the image is none.
        max_objects: of more, those of the highest scores are kept.
        in_channels, stride, width, memory_levels, fine_widths, upsample, upsample_widths, normalize, dice_weight,
            phrase_levels, ignore_index: as of PixelDecoderHead.
    """

    num_stuff_classes = 0

    def __init__(
        self,
        *,
        num_classes: int,
        in_channels: Sequence[int],
        stride: int,
        width: int = 256,
        memory_levels: int = 3,
        fine_widths: Sequence[int] | None = None,
        upsample: Sequence[float] = (2.5,),
        upsample_widths: Sequence[int] | None = None,
        normalize: bool = True,
        dice_weight: float = 0.0,
        phrase_classes: Sequence[int] | None = None,
        phrase_levels: Sequence[int] = (),
        min_share: float = 0.002,
        max_objects: int = 30,
        ignore_index: int = 255,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            num_classes=num_classes + 1,
            in_channels=in_channels,
            stride=stride,
            width=width,
            memory_levels=memory_levels,
            fine_widths=fine_widths,
            upsample=upsample,
            upsample_widths=upsample_widths,
            normalize=normalize,
            dice_weight=dice_weight,
            phrase_classes=phrase_classes,
            phrase_levels=phrase_levels,
            ignore_index=ignore_index,
            init_cfg=init_cfg,
        )
        if not 0 <= min_share < 1 or max_objects < 1:
            raise UserError(
                f'min_share is {min_share} and max_objects {max_objects}; they must be from 0 to below 1, and 1 or more'
            )
        self.num_things_classes = num_classes
        self.min_share, self.max_objects = min_share, max_objects

    def loss(self, features: Sequence[Tensor], batch_data_samples: list) -> dict[str, Tensor]:
        """Losses of a batch whose samples hold ``gt_instances``; where ``ignored_instances`` are (crowds) none is."""
        return self.pixel_losses(features, torch.stack([self._painted(sample) for sample in batch_data_samples]))

    def _painted(self, sample: object) -> Tensor:
        """Labels (H, W) of a sample's pixels; where two objects lie the smaller is seen."""
        device = next(self.parameters()).device
        found = sample.gt_instances
        masks, labels = found.masks.to_tensor(torch.bool, device), found.labels.to(device).long()
        painted = torch.full(masks.shape[-2:], self.num_things_classes, dtype=torch.long, device=device)
        painted[~valid_pixels(sample, device)] = self.ignore_index
        for index in masks.flatten(1).sum(1).argsort(descending=True).tolist():
            painted[masks[index]] = labels[index]
        return painted

    def predict_objects(
        self, features: Sequence[Tensor], image_size: tuple[int, int], *, allowed: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """As InstanceDecoderHead's: a mask is 0 and 1, a class probability the mean over the mask's pixels."""
        return self.objects_of(self.predict_probs(features, image_size), allowed=allowed)

    def objects_of(self, probs: Tensor, *, allowed: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The same of the pixels' class probabilities (B, classes + 1, H, W)."""
        if allowed is not None:
            always = allowed.new_ones(len(allowed), 1)  # the background
            probs = probs * torch.cat([allowed, always], 1).to(probs)[:, :, None, None]
            probs = probs / probs.sum(1, keepdim=True).clamp_min(1e-12)
        found = [self._of_image(one) for one in probs]
        classes, masks = zip(*found, strict=True)
        return pad_sequence(classes, batch_first=True), pad_sequence(masks, batch_first=True)

    def _of_image(self, probs: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities (classes + 1, H, W) of one image -> class probabilities (N, classes), masks (N, H, W)."""
        if not torch.isfinite(probs).all():  # one object of nothing, so that whoever asks notices
            return probs.new_full((1, self.num_things_classes), torch.nan), torch.zeros_like(probs[:1])
        winner, labels = (value.detach().cpu().numpy() for value in probs.max(0))
        parts = []
        for label in np.setdiff1d(labels, [self.num_things_classes]).tolist():
            masks = self._of_class(labels == label)
            parts += [(winner[mask].mean(), label, mask) for mask in masks]
        parts = sorted(parts, key=lambda part: -part[0])[: self.max_objects]
        chances = torch.zeros(len(parts), self.num_things_classes)
        masks = torch.zeros(len(parts), *labels.shape)
        for row, (score, label, mask) in enumerate(parts):
            chances[row, label] = float(score)
            masks[row] = torch.from_numpy(mask)
        return chances.to(probs), masks.to(probs)

    def _of_class(self, mask: np.ndarray) -> list[np.ndarray]:
        """The objects of one class, each (H, W) bool: its parts, the small ones with the larger that they are near."""
        objects: list[np.ndarray] = []
        least = self.min_share * mask.size
        # a third of the least object may be a part of one
        for part in sorted(connected_parts(mask, least=least / 3), key=np.sum, reverse=True):
            whole = next((one for one in objects if 2 * part.sum() < one.sum() and near(one, part)), None)
            if whole is None:
                objects.append(part)
            else:
                whole |= part
        return [one for one in objects if one.sum() >= least]

    def predict(self, features: Sequence[Tensor], batch_data_samples: list | None = None) -> tuple[Tensor, Tensor]:
        """Class logits (B, max_objects, classes + 1) and mask logits (B, max_objects, H, W) at the images' size."""
        height, width = features[0].shape[-2:]
        chances, masks = self.predict_objects(features, (height * self.stride, width * self.stride))
        missing = self.max_objects - chances.shape[1]  # mmdet takes the best of a number that it believes to be there
        chances, masks = F.pad(chances, (0, 0, 0, missing)), F.pad(masks, (0, 0, 0, 0, 0, missing))
        nothing = 1 - chances.sum(-1, keepdim=True)
        return torch.cat([chances, nothing], -1).clamp(min=1e-6).log(), (masks - 0.5) * 40
