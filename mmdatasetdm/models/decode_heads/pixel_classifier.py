"""The classifier of pixels as a decode head of mmseg: the P-Decoder without its transformer (not in the paper)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mmdatasetdm.models.build import build_module, build_pixel_classifier
from mmdatasetdm.models.decode_heads.base import SemanticHead
from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class PixelClassifierHead(SemanticHead):
    """The pixel decoder and a classifier of pixels.

    Args:
        num_classes: number of classes, background included where it is one.
        in_channels: channels of the feature levels, finest first (DiffusionSegmentor fills it in).
        stride: stride of the finest level (DiffusionSegmentor fills it in).
        pixel_decoder: config of a :class:`PixelDecoder`.
        loss: config of a :class:`PixelCriterion`.
        phrase_classes: class id of each phrase of the backbone; all names then share one rule
            (:class:`PhraseClassifier`). None: a linear classifier (:class:`PixelClassifier`).
        phrase_levels: the feature levels that hold the attention of the phrases (DiffusionSegmentor fills it in).
        open_vocabulary: the rule is all there is, so that the decoder works with other phrases than those of its
            training (DatasetDM supp. 3.1; the way is not the paper's).
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
        open_vocabulary: bool = False,
        ignore_index: int = 255,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(num_classes=num_classes, stride=stride, ignore_index=ignore_index, init_cfg=init_cfg)
        self.open_vocabulary = open_vocabulary
        self.phrase_classes = None if phrase_classes is None else tuple(phrase_classes)
        self.decoder = build_pixel_classifier(
            pixel_decoder,
            in_channels=in_channels,
            num_classes=num_classes,
            phrase_classes=phrase_classes,
            phrase_levels=phrase_levels,
            open_vocabulary=open_vocabulary,
        )
        self.criterion = build_module(loss, path='loss', num_classes=num_classes, ignore_index=ignore_index)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Class logits (B, num_classes, h, w)."""
        return self.decoder(features)

    def loss(self, features: Sequence[Tensor], batch_data_samples: list, train_cfg: dict | None) -> dict[str, Tensor]:
        """Losses of a batch whose samples hold ``gt_sem_seg``."""
        return self.criterion(self(features), torch.stack([sample.gt_sem_seg.data[0] for sample in batch_data_samples]))

    def predict_probs(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        """Class probabilities (B, num_classes, H, W) at ``image_size``."""
        return F.interpolate(self(features).float(), size=image_size, mode='bilinear').softmax(1)
