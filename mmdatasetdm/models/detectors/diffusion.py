"""The P-Decoder's instance form in mmdet: a MaskFormer on a generator's features.

Not imported with the package: it needs mmdet, whose import takes seconds (configs name it in custom_imports).
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmdet.models import MaskFormer, SingleStageDetector
from torch import Tensor

from mmdatasetdm.decoder import Segments
from mmdatasetdm.models.conditioning.own_text import ReadsOwnText
from mmdatasetdm.models.crowds import valid_pixels
from mmdatasetdm.models.decode_heads.pdecoder import PDecoderHead
from mmdatasetdm.models.decode_heads.pixel_instance import PixelInstanceHead
from mmdatasetdm.models.padding import pad_to_stride
from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class InstanceDecoderHead(PDecoderHead):
    """PDecoderHead whose segments are objects: one query, one object and its real class (supp 3.2).

    Its arguments are those of PDecoderHead; ``num_classes`` is the number of object classes, without a background.
    mmdet's fusion head turns what it predicts into instances.
    """

    num_stuff_classes = 0

    @property
    def num_things_classes(self) -> int:
        """All classes are objects."""
        return self.num_classes

    def loss(self, features: Sequence[Tensor], batch_data_samples: list) -> dict[str, Tensor]:
        """Losses of a batch whose samples hold ``gt_instances``; where ``ignored_instances`` are (crowds) none is."""
        return self.criterion(self.decoder(features), [self._segments(sample) for sample in batch_data_samples])

    def _segments(self, sample: object) -> Segments:
        device, found = self.criterion.class_weights.device, sample.gt_instances
        return Segments(
            labels=found.labels.to(device).long(),
            masks=found.masks.to_tensor(torch.bool, device),
            valid=valid_pixels(sample, device),
        )

    def predict_objects(
        self, features: Sequence[Tensor], image_size: tuple[int, int], *, allowed: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Class probabilities (B, Q, classes), which leave the rest to "no object", and masks' (B, Q, H, W).

        Args:
            allowed: (B, classes) of 0 and 1: the classes that an image may show; None: any.
        """
        class_logits, mask_logits = self.decoder(features)
        masks = F.interpolate(mask_logits[-1].float(), size=image_size, mode='bilinear', align_corners=False)
        probs = class_logits[-1].float().softmax(-1)[..., :-1]
        return probs if allowed is None else probs * allowed.to(probs)[:, None], masks.sigmoid()

    def predict(self, features: Sequence[Tensor], batch_data_samples: list | None = None) -> tuple[Tensor, Tensor]:
        """Class logits (B, Q, classes + 1) and mask logits (B, Q, H, W) at the size of the images."""
        class_logits, mask_logits = self.decoder(features)
        height, width = features[0].shape[-2:]
        size = (height * self.stride, width * self.stride)
        return class_logits[-1], F.interpolate(mask_logits[-1].float(), size=size, mode='bilinear')


@MODELS.register_module()
class DiffusionMaskFormer(ReadsOwnText, MaskFormer):
    """mmdet's MaskFormer whose ``panoptic_head`` takes ``in_channels`` and ``stride`` from the backbone.

    Args:
        backbone: config of a DiffusionFeatureBackbone.
        panoptic_head: config of an InstanceDecoderHead or a PixelInstanceHead.
        panoptic_fusion_head: config of mmdet's MaskFormerFusionHead; its numbers of classes are filled in.
        train_cfg, test_cfg, data_preprocessor, init_cfg: as of MaskFormer.
    """

    def __init__(
        self,
        *,
        backbone: dict,
        panoptic_head: dict,
        panoptic_fusion_head: dict,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        # not MaskFormer's own constructor: it builds the head before anybody can ask the backbone
        super(SingleStageDetector, self).__init__(data_preprocessor=data_preprocessor, init_cfg=init_cfg)
        self.backbone = MODELS.build(backbone)
        self.panoptic_head = MODELS.build({**self.derived_for(panoptic_head), **panoptic_head})
        self.num_things_classes = self.num_classes = self.panoptic_head.num_things_classes
        self.num_stuff_classes = 0
        self.panoptic_fusion_head = MODELS.build(
            {
                **panoptic_fusion_head,
                'num_things_classes': self.num_classes,
                'num_stuff_classes': 0,
                'test_cfg': test_cfg,
            }
        )
        self.train_cfg, self.test_cfg = train_cfg, test_cfg

    @property
    def decode_head(self) -> InstanceDecoderHead | PixelInstanceHead:
        """The head under the name that it has in the other models of this package."""
        return self.panoptic_head

    def predict(self, batch_inputs: Tensor, batch_data_samples: list, rescale: bool = True) -> list:
        """Data samples with ``pred_instances``, as MaskFormer's; of images of any size."""
        self.read([sample.metainfo for sample in batch_data_samples])
        padded = pad_to_stride(batch_inputs, self.backbone.strides[-1])
        return super().predict(padded, batch_data_samples, rescale=rescale)

    def _forward(self, batch_inputs: Tensor, batch_data_samples: list | None = None) -> tuple[Tensor, ...]:
        """What the head says of images (B, 3, H, W), without losses or objects: what counts operations asks for."""
        return self.panoptic_head(self.extract_feat(batch_inputs))
