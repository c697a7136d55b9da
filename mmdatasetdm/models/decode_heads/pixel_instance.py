"""Instances without queries: the connected components of each class of a classifier of pixels (not in the paper)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.structures import BaseDataElement
from torch import Tensor

from mmdatasetdm.decoder.postprocess import ConnectedComponents, Instances
from mmdatasetdm.models.build import build_module, build_pixel_classifier
from mmdatasetdm.models.crowds import valid_pixels
from mmdatasetdm.models.decode_heads.base import InstanceHead, image_size_of
from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class PixelInstanceHead(InstanceHead):
    """The connected components of a classifier of pixels are instances; it takes the place of InstanceDecoderHead.

    A classifier of pixels learns from fewer labelled images than queries do, but two instances of one class that touch
    are one to it, and an instance behind another may be two. See :class:`ConnectedComponents`.

    Args:
        num_classes: number of classes of instances; the background is one more, the last.
        in_channels: channels of the feature levels, finest first (DiffusionMaskFormer fills it in).
        stride: stride of the finest level (DiffusionMaskFormer fills it in).
        pixel_decoder: config of a :class:`PixelDecoder`.
        loss: config of a :class:`PixelCriterion`.
        phrase_classes: class id, from 0, of each phrase of the backbone; None: a linear classifier.
        phrase_levels: the feature levels that hold the attention of the phrases (DiffusionMaskFormer fills it in).
        min_fraction: an instance smaller than this fraction of the image is left out.
        max_instances: of more, those with the highest scores are kept.
        ignore_index: label of the pixels that no loss counts.
    """

    def __init__(
        self,
        *,
        num_classes: int,
        in_channels: Sequence[int],
        stride: int,
        pixel_decoder: dict,
        loss: dict,
        phrase_classes: Sequence[int] | None = None,
        phrase_levels: Sequence[int] = (),
        min_fraction: float = 0.002,
        max_instances: int = 30,
        ignore_index: int = 255,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(num_classes=num_classes, stride=stride, init_cfg=init_cfg)
        self.components = ConnectedComponents(min_fraction=min_fraction, max_instances=max_instances)
        self.ignore_index = ignore_index
        self.phrase_classes = None if phrase_classes is None else tuple(phrase_classes)
        self.decoder = build_pixel_classifier(
            pixel_decoder,
            in_channels=in_channels,
            num_classes=num_classes + 1,
            phrase_classes=phrase_classes,
            phrase_levels=phrase_levels,
        )
        self.criterion = build_module(loss, path='loss', num_classes=num_classes + 1, ignore_index=ignore_index)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Class logits (B, num_classes + 1, h, w) of the pixels."""
        return self.decoder(features)

    def loss(self, features: Sequence[Tensor], batch_data_samples: list) -> dict[str, Tensor]:
        """Losses of a batch whose samples hold ``gt_instances``; crowds (``ignored_instances``) are left out."""
        return self.criterion(self(features), torch.stack([self._labels(sample) for sample in batch_data_samples]))

    def _labels(self, sample: BaseDataElement) -> Tensor:
        """Labels (H, W) of a sample's pixels; where two instances overlap the smaller is visible."""
        device = next(self.parameters()).device
        instances = sample.gt_instances
        masks, classes = instances.masks.to_tensor(torch.bool, device), instances.labels.to(device).long()
        labels = torch.full(masks.shape[-2:], self.num_classes, dtype=torch.long, device=device)
        labels[~valid_pixels(sample, device)] = self.ignore_index
        for index in masks.flatten(1).sum(1).argsort(descending=True).tolist():
            labels[masks[index]] = classes[index]
        return labels

    def predict_probs(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        """Class probabilities (B, num_classes + 1, H, W) of the pixels at ``image_size``, the background last."""
        return F.interpolate(self(features).float(), size=image_size, mode='bilinear').softmax(1)

    def predict_instances(
        self, features: Sequence[Tensor], image_size: tuple[int, int], *, allowed: Tensor | None = None
    ) -> Instances:
        """The connected components at ``image_size``."""
        return self.components(self.predict_probs(features, image_size), allowed=allowed)

    def predict(self, features: Sequence[Tensor], batch_data_samples: list | None = None) -> tuple[Tensor, Tensor]:
        """Class logits (B, max_instances, num_classes + 1) and mask logits (B, max_instances, H, W)."""
        probs, masks = self.predict_instances(features, image_size_of(features, self.stride))
        # mmdet takes the best of a number of instances that it believes to be there
        missing = self.components.max_instances - probs.shape[1]
        probs, masks = F.pad(probs, (0, 0, 0, missing)), F.pad(masks, (0, 0, 0, 0, 0, missing))
        no_object = 1 - probs.sum(-1, keepdim=True)
        return torch.cat([probs, no_object], -1).clamp(min=1e-6).log(), (masks - 0.5) * 40
