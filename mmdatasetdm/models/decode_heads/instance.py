"""The P-Decoder of instances as the head of a MaskFormer."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.structures import BaseDataElement
from torch import Tensor

from mmdatasetdm.decoder import MaskTargets, PDecoder, Predictions
from mmdatasetdm.decoder.postprocess import Instances, query_instances
from mmdatasetdm.models.build import build_mask_decoder
from mmdatasetdm.models.crowds import valid_pixels
from mmdatasetdm.models.decode_heads.base import InstanceHead, image_size_of
from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class InstanceDecoderHead(InstanceHead):
    """PDecoderHead whose masks are instances: a query is one instance and its class (DatasetDM supp. 3.2).

    Args:
        num_classes: number of classes of instances, without a background.
        in_channels: channels of the feature levels, finest first (DiffusionMaskFormer fills it in).
        stride: stride of the finest level (DiffusionMaskFormer fills it in).
        pixel_decoder: config of a :class:`PixelDecoder`.
        transformer_decoder: config of a :class:`TransformerDecoder`.
        loss: config of a :class:`SetCriterion`.
    """

    def __init__(
        self,
        *,
        num_classes: int,
        in_channels: Sequence[int],
        stride: int,
        pixel_decoder: dict,
        transformer_decoder: dict,
        loss: dict,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(num_classes=num_classes, stride=stride, init_cfg=init_cfg)
        pixels, transformer, self.criterion = build_mask_decoder(
            pixel_decoder, transformer_decoder, loss, in_channels=in_channels, num_classes=num_classes
        )
        self.decoder = PDecoder(pixel_decoder=pixels, transformer_decoder=transformer)

    def forward(self, features: Sequence[Tensor]) -> Predictions:
        """Class logits (L, B, Q, num_classes + 1) and mask logits (L, B, Q, h, w) of every layer."""
        return self.decoder(features)

    def loss(self, features: Sequence[Tensor], batch_data_samples: list) -> dict[str, Tensor]:
        """Losses of a batch whose samples hold ``gt_instances``; crowds (``ignored_instances``) are left out."""
        return self.criterion(self(features), [self._targets(sample) for sample in batch_data_samples])

    def _targets(self, sample: BaseDataElement) -> MaskTargets:
        device, instances = self.criterion.class_weights.device, sample.gt_instances
        return MaskTargets(
            labels=instances.labels.to(device).long(),
            masks=instances.masks.to_tensor(torch.bool, device),
            valid=valid_pixels(sample, device),
        )

    def predict_instances(
        self, features: Sequence[Tensor], image_size: tuple[int, int], *, allowed: Tensor | None = None
    ) -> Instances:
        """Each query as an instance, with masks at ``image_size``."""
        class_logits, mask_logits = self(features)
        class_probs, mask_probs = query_instances(class_logits[-1], mask_logits[-1], size=image_size)
        if allowed is not None:
            class_probs = class_probs * allowed.to(class_probs)[:, None]
        return Instances(class_probs, mask_probs)

    def predict(self, features: Sequence[Tensor], batch_data_samples: list | None = None) -> tuple[Tensor, Tensor]:
        """Class logits (B, Q, num_classes + 1) and mask logits (B, Q, H, W) at the size of the images."""
        class_logits, mask_logits = self(features)
        size = image_size_of(features, self.stride)
        return class_logits[-1], F.interpolate(mask_logits[-1].float(), size=size, mode='bilinear')
