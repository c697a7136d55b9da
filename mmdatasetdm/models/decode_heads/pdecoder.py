"""The P-Decoder as a decode head of mmseg."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from mmdatasetdm.decoder import (
    PDecoder,
    PhraseClassifier,
    PixelClassifier,
    PixelDecoder,
    QueryDecoder,
    SegmentCriterion,
    Segments,
    semantic_probabilities,
)
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import MODELS


class SemanticHead(BaseModule):
    """What mmseg's EncoderDecoder asks of a head; not a BaseDecodeHead, of whose constructor nothing would be used.

    Args:
        num_classes: number of classes.
        stride: stride of the finest feature level: predictions have the size of the images.
        ignore_index: label of the pixels that no loss sees.
    """

    align_corners = False

    def __init__(self, *, num_classes: int, stride: int, ignore_index: int, init_cfg: dict | None) -> None:
        super().__init__(init_cfg)
        self.num_classes = self.out_channels = num_classes
        self.stride = stride
        self.ignore_index = ignore_index

    def predict_probs(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        """Class probabilities (B, classes, H, W) at ``image_size``; they sum to 1 at every pixel."""
        raise NotImplementedError

    def predict(self, features: Sequence[Tensor], batch_img_metas: list[dict], test_cfg: dict | None) -> Tensor:
        """The same at the size of the images that went into the backbone; mmseg takes the argmax."""
        height, width = features[0].shape[-2:]
        return self.predict_probs(features, (height * self.stride, width * self.stride))


@MODELS.register_module()
class PDecoderHead(SemanticHead):
    """Pixel decoder, query decoder and its matched losses in every layer (supp 3.2, method.md section 2).

    The defaults are the paper's sizes for Stable Diffusion at 512 px.

    Args:
        num_classes: number of classes, background included where it is one.
        in_channels: channels of the feature levels, finest first (DiffusionSegmentor fills it in).
        stride: stride of the finest level (DiffusionSegmentor fills it in).
        width, queries, layers, heads, feedforward, memory_levels: see :class:`QueryDecoder`.
        fine_widths, upsample, upsample_widths, normalize: see :class:`PixelDecoder`.
        class_weight, mask_weight, dice_weight, no_object_weight, num_points, oversample, importance: see
            :class:`SegmentCriterion`.
        ignore_index: label of the pixels that no loss sees.
    """

    def __init__(
        self,
        *,
        num_classes: int,
        in_channels: Sequence[int],
        stride: int,
        width: int = 256,
        queries: int = 100,
        layers: int = 9,
        heads: int = 8,
        feedforward: int = 2048,
        memory_levels: int = 3,
        fine_widths: Sequence[int] | None = None,
        upsample: Sequence[float] = (2.5,),
        upsample_widths: Sequence[int] | None = None,
        normalize: bool = True,
        class_weight: float = 2.0,
        mask_weight: float = 5.0,
        dice_weight: float = 5.0,
        no_object_weight: float = 0.1,
        num_points: int = 12544,
        oversample: float = 3.0,
        importance: float = 0.75,
        ignore_index: int = 255,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(num_classes=num_classes, stride=stride, ignore_index=ignore_index, init_cfg=init_cfg)
        pixel_decoder = PixelDecoder(
            in_channels=in_channels,
            width=width,
            memory_levels=memory_levels,
            fine_widths=fine_widths,
            upsample=upsample,
            upsample_widths=upsample_widths,
            normalize=normalize,
        )
        query_decoder = QueryDecoder(
            classes=num_classes,
            width=width,
            mask_width=pixel_decoder.out_width,
            queries=queries,
            layers=layers,
            heads=heads,
            feedforward=feedforward,
            memory_levels=memory_levels,
        )
        self.decoder = PDecoder(pixel_decoder=pixel_decoder, query_decoder=query_decoder)
        self.criterion = SegmentCriterion(
            classes=num_classes,
            class_weight=class_weight,
            mask_weight=mask_weight,
            dice_weight=dice_weight,
            no_object_weight=no_object_weight,
            points=num_points,
            oversample=oversample,
            importance=importance,
        )

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Class logits (L, B, Q, classes + 1) and mask logits (L, B, Q, h, w) of every layer."""
        return self.decoder(features)

    def loss(self, features: Sequence[Tensor], batch_data_samples: list, train_cfg: dict | None) -> dict[str, Tensor]:
        """Losses of a batch whose samples hold ``gt_sem_seg``."""
        segments = [
            Segments.from_semantic(sample.gt_sem_seg.data[0], ignore_index=self.ignore_index)
            for sample in batch_data_samples
        ]
        return self.criterion(self.decoder(features), segments)

    def predict_probs(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        class_logits, mask_logits = self.decoder(features)
        return semantic_probabilities(class_logits[-1], mask_logits[-1], size=image_size)


@MODELS.register_module()
class PixelDecoderHead(SemanticHead):
    """The pixel decoder and a classifier of pixels, trained with cross-entropy: the P-Decoder without its transformer.

    Args:
        num_classes, in_channels, stride, width, memory_levels, fine_widths, upsample, upsample_widths, normalize,
            ignore_index: as in PDecoderHead, so that the two share their pixel decoder.
        dice_weight: weight of a soft dice loss over the classes present; 0 leaves it out.
        phrase_classes: class id of each phrase of the backbone; classes are then told by one rule for all names
            (:class:`PhraseClassifier`). None: by a linear classifier.
        phrase_levels: the feature levels that hold the phrases' attention (DiffusionSegmentor fills it in).
        open_vocabulary: the rule is all there is, so that the decoder works with other phrases than those of its
            training (supp 3.1; the way is not the paper's).
    """

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
        open_vocabulary: bool = False,
        ignore_index: int = 255,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(num_classes=num_classes, stride=stride, ignore_index=ignore_index, init_cfg=init_cfg)
        self.dice_weight = dice_weight
        if open_vocabulary and not phrase_classes:
            raise UserError('open_vocabulary needs phrase_classes, and phrases of the backbone')
        attention = dict.fromkeys(phrase_levels, len(phrase_classes)) if open_vocabulary else {}
        pixel_decoder = PixelDecoder(
            in_channels=[c - attention.get(i, 0) for i, c in enumerate(in_channels)],
            width=width,
            memory_levels=memory_levels,
            fine_widths=fine_widths,
            upsample=upsample,
            upsample_widths=upsample_widths,
            normalize=normalize,
        )
        if phrase_classes is None:
            self.decoder = PixelClassifier(pixel_decoder=pixel_decoder, classes=num_classes)
            return
        if not phrase_levels or max(phrase_classes) >= num_classes:
            raise UserError(
                f'phrase_classes is {list(phrase_classes)} with {num_classes} classes and attention in '
                f'{len(phrase_levels)} levels: give the backbone phrases, and the class id of each'
            )
        self.decoder = PhraseClassifier(
            pixel_decoder=pixel_decoder,
            classes=num_classes,
            phrase_classes=phrase_classes,
            phrase_levels=phrase_levels,
            open_vocabulary=open_vocabulary,
        )

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Class logits (B, classes, h, w)."""
        return self.decoder(features)

    def loss(self, features: Sequence[Tensor], batch_data_samples: list, train_cfg: dict | None) -> dict[str, Tensor]:
        """Losses of a batch whose samples hold ``gt_sem_seg``."""
        return self.pixel_losses(features, torch.stack([sample.gt_sem_seg.data[0] for sample in batch_data_samples]))

    def pixel_losses(self, features: Sequence[Tensor], labels: Tensor) -> dict[str, Tensor]:
        """Losses of the label maps (B, H, W) of a batch."""
        labels = labels.long()
        logits = F.interpolate(self.decoder(features).float(), size=labels.shape[-2:], mode='bilinear')
        valid = labels != self.ignore_index
        # A sum and a count instead of the mean, which is NaN for a batch without a labelled pixel.
        loss = F.cross_entropy(logits, labels, ignore_index=self.ignore_index, reduction='sum')
        losses = {'loss_ce': loss / valid.sum().clamp(min=1)}
        if self.dice_weight:
            losses['loss_dice'] = self.dice_weight * self._dice(logits, labels, valid)
        return losses

    def _dice(self, logits: Tensor, labels: Tensor, valid: Tensor) -> Tensor:
        """1 - (2 sum(p t) + 1) / (sum(p) + sum(t) + 1) over the batch, the mean over the classes in its labels."""
        probability = (logits.softmax(1) * valid[:, None]).transpose(0, 1).flatten(1)
        target = F.one_hot(labels.masked_fill(~valid, 0), self.num_classes).flatten(0, 2).T * valid.flatten()
        dice = 1 - (2 * (probability * target).sum(1) + 1) / (probability.sum(1) + target.sum(1) + 1)
        present = target.any(1)
        return (dice * present).sum() / present.sum().clamp(min=1)

    def predict_probs(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        logits = self.decoder(features).float()
        return F.interpolate(logits, size=image_size, mode='bilinear').softmax(1)
