"""The paper's open-vocabulary head in mmseg: queries made of class names (DatasetDM supp. 3.1)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mmdatasetdm.decoder import MaskTargets, Predictions, TextQueryDecoder
from mmdatasetdm.decoder.postprocess import class_probabilities, name_scores
from mmdatasetdm.errors import UserError
from mmdatasetdm.models.build import build_mask_decoder, channels_without_attention
from mmdatasetdm.models.decode_heads.base import SemanticHead
from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class TextQueryHead(SemanticHead):
    """Finds the classes that an image's prompt names, each by queries made of its name (DatasetDM supp. 3.1).

    Names are encoded by the generator's text encoder, those of several tokens averaged. A checkpoint does not hold the
    embeddings: other phrases of the backbone are other classes, without training. Which names an image's prompt has is
    read from the attention that they drew, so the backbone needs ``prompt_template`` and ``class_phrases``; the decoder
    itself does not see that attention.

    Args:
        num_classes: number of classes, the background (id 0) included.
        phrase_classes: class id of each phrase of the backbone.
        in_channels: channels of the feature levels, finest first (DiffusionSegmentor fills it in).
        stride: stride of the finest level (DiffusionSegmentor fills it in).
        phrase_levels: the feature levels that hold the attention of the phrases (DiffusionSegmentor fills it in).
        class_embeddings: (phrases, D), of the phrases (DiffusionSegmentor fills it in).
        pixel_decoder: config of a :class:`PixelDecoder`.
        transformer_decoder: config of a :class:`TransformerDecoder`; its queries are fused with each name.
        loss: config of a :class:`SetCriterion`.
        ignore_index: label of the pixels that no loss counts.
    """

    open_vocabulary = True
    phrase_classes: Tensor
    class_embeddings: Tensor

    def __init__(
        self,
        *,
        num_classes: int,
        phrase_classes: Sequence[int],
        in_channels: Sequence[int],
        stride: int,
        phrase_levels: Sequence[int],
        class_embeddings: Tensor,
        pixel_decoder: dict,
        transformer_decoder: dict,
        loss: dict,
        ignore_index: int = 255,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(num_classes=num_classes, stride=stride, ignore_index=ignore_index, init_cfg=init_cfg)
        if not phrase_levels or 0 in phrase_classes or max(phrase_classes) >= num_classes:
            raise UserError(
                f'phrase_classes is {list(phrase_classes)} with {num_classes} classes and attention in '
                f'{len(phrase_levels)} levels: give the backbone class_phrases, and each the id of a class other than 0'
            )
        if len(class_embeddings) != len(phrase_classes):
            raise UserError(f'{len(class_embeddings)} class_embeddings do not fit {len(phrase_classes)} phrase_classes')
        self.phrase_levels = tuple(phrase_levels)
        self.register_buffer('phrase_classes', torch.tensor(phrase_classes), persistent=False)
        self.register_buffer('class_embeddings', class_embeddings.float().cpu(), persistent=False)
        in_channels = channels_without_attention(in_channels, phrase_levels, len(phrase_classes))
        pixels, transformer, self.criterion = build_mask_decoder(
            pixel_decoder, transformer_decoder, loss, in_channels=in_channels, num_classes=1
        )
        self.decoder = TextQueryDecoder(
            pixel_decoder=pixels, transformer_decoder=transformer, text_channels=class_embeddings.shape[-1]
        )

    def named(self, features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """The images (N,) and the phrases (N,) of the N names that the images' prompts have."""
        drawn = features[self.phrase_levels[0]][:, -len(self.phrase_classes) :].amax(dim=(2, 3))
        images, phrases = (drawn > 0).nonzero(as_tuple=True)
        return images, phrases

    def forward(self, features: Sequence[Tensor]) -> Predictions:
        """Class logits (L, N, Q, 2) and mask logits (L, N, Q, h, w) of N > 0 names, those of :meth:`named`."""
        return self._decode(features, *self.named(features))

    def _decode(self, features: Sequence[Tensor], images: Tensor, phrases: Tensor) -> Predictions:
        count = len(self.phrase_classes)
        levels = [level[:, :-count] if i in self.phrase_levels else level for i, level in enumerate(features)]
        return self.decoder(levels, self.class_embeddings[phrases], images)

    def loss(self, features: Sequence[Tensor], batch_data_samples: list, train_cfg: dict | None) -> dict[str, Tensor]:
        """Losses of a batch whose samples hold ``gt_sem_seg``; a name has one mask, or none."""
        images, phrases = self.named(features)
        if not len(images):
            return {'loss_cls': torch.stack([parameter.sum() for parameter in self.parameters()]).sum() * 0}
        targets = []
        for image, phrase in zip(images.tolist(), phrases.tolist(), strict=True):
            label = batch_data_samples[image].gt_sem_seg.data[0]
            mask = label == self.phrase_classes[phrase]
            masks = mask[None] if mask.any() else mask.new_zeros(0, *mask.shape)
            targets.append(
                MaskTargets(
                    labels=torch.zeros(len(masks), dtype=torch.long, device=label.device),
                    masks=masks,
                    valid=label != self.ignore_index,
                )
            )
        return self.criterion(self._decode(features, images, phrases), targets)

    def predict_probs(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        """Class probabilities (B, num_classes, H, W) at ``image_size``; a class that is not named has 0."""
        images, phrases = self.named(features)
        scores = features[0].new_zeros(0, *image_size)
        if len(images):
            class_logits, mask_logits = self._decode(features, images, phrases)
            scores = name_scores(class_logits[-1], mask_logits[-1], size=image_size)
        return class_probabilities(
            scores, images, self.phrase_classes[phrases], batch=len(features[0]), num_classes=self.num_classes
        )
