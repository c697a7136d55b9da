"""The P-Decoder as a decode head of mmseg."""

from collections.abc import Sequence

from torch import Tensor

from mmdatasetdm.decoder import MaskTargets, PDecoder, Predictions
from mmdatasetdm.decoder.postprocess import semantic_probabilities
from mmdatasetdm.models.build import build_mask_decoder
from mmdatasetdm.models.decode_heads.base import SemanticHead
from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class PDecoderHead(SemanticHead):
    """Pixel decoder, transformer decoder and a matched loss in every layer (DatasetDM supp. 3.2, docs/method.md).

    Args:
        num_classes: number of classes, background included where it is one.
        in_channels: channels of the feature levels, finest first (DiffusionSegmentor fills it in).
        stride: stride of the finest level (DiffusionSegmentor fills it in).
        pixel_decoder: config of a :class:`PixelDecoder`.
        transformer_decoder: config of a :class:`TransformerDecoder`.
        loss: config of a :class:`SetCriterion`.
        ignore_index: label of the pixels that no loss counts.
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
        ignore_index: int = 255,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(num_classes=num_classes, stride=stride, ignore_index=ignore_index, init_cfg=init_cfg)
        pixels, transformer, self.criterion = build_mask_decoder(
            pixel_decoder, transformer_decoder, loss, in_channels=in_channels, num_classes=num_classes
        )
        self.decoder = PDecoder(pixel_decoder=pixels, transformer_decoder=transformer)

    def forward(self, features: Sequence[Tensor]) -> Predictions:
        """Class logits (L, B, Q, num_classes + 1) and mask logits (L, B, Q, h, w) of every layer."""
        return self.decoder(features)

    def loss(self, features: Sequence[Tensor], batch_data_samples: list, train_cfg: dict | None) -> dict[str, Tensor]:
        """Losses of a batch whose samples hold ``gt_sem_seg``."""
        targets = [
            MaskTargets.from_semantic(sample.gt_sem_seg.data[0], ignore_index=self.ignore_index)
            for sample in batch_data_samples
        ]
        return self.criterion(self(features), targets)

    def predict_probs(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        """Class probabilities (B, num_classes, H, W) at ``image_size``."""
        class_logits, mask_logits = self(features)
        return semantic_probabilities(class_logits[-1], mask_logits[-1], size=image_size)
