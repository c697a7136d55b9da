"""The paper's open-vocabulary head in mmseg: queries made of class names (supp 3.1)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mmdatasetdm.decoder import PixelDecoder, Predictions, QueryDecoder, SegmentCriterion, Segments
from mmdatasetdm.decoder.text_queries import TextQueryDecoder, class_probabilities, name_scores
from mmdatasetdm.errors import UserError
from mmdatasetdm.models.decode_heads.pdecoder import SemanticHead
from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class TextQueryHead(SemanticHead):
    """Finds the classes that an image's text names, each by queries made of its name (supp 3.1).

    Names are encoded by the generator's text encoder, those of several tokens averaged; DiffusionSegmentor gives the
    embeddings of the backbone's phrases. A checkpoint does not hold them: other phrases are other classes, without
    training. Which names an image's text holds is read from the attention that they drew, so the backbone needs
    ``own_text`` and ``phrases``; the decoder itself does not see that attention.

    Args:
        num_classes: number of classes, the background (id 0) included.
        phrase_classes: class id of each phrase of the backbone.
        in_channels, stride, phrase_levels, text_width: of the backbone (DiffusionSegmentor fills them in).
        queries: learnable queries that each name is fused with.
        others: the arguments of :class:`PDecoderHead`.
    """

    def __init__(
        self,
        *,
        num_classes: int,
        phrase_classes: Sequence[int],
        in_channels: Sequence[int],
        stride: int,
        phrase_levels: Sequence[int],
        text_width: int,
        width: int = 256,
        queries: int = 10,
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
        if not phrase_levels or 0 in phrase_classes or max(phrase_classes) >= num_classes:
            raise UserError(
                f'TextQueryHead: phrase_classes is {list(phrase_classes)} with {num_classes} classes and attention in '
                f'{len(phrase_levels)} levels: give the backbone phrases, and each the id of a class other than 0'
            )
        self.phrase_levels = tuple(phrase_levels)
        self.register_buffer('phrase_classes', torch.tensor(phrase_classes), persistent=False)
        self.register_buffer('names', torch.zeros(len(phrase_classes), text_width), persistent=False)
        pixel_decoder = PixelDecoder(
            in_channels=[c - len(phrase_classes) * (i in phrase_levels) for i, c in enumerate(in_channels)],
            width=width,
            memory_levels=memory_levels,
            fine_widths=fine_widths,
            upsample=upsample,
            upsample_widths=upsample_widths,
            normalize=normalize,
        )
        query_decoder = QueryDecoder(
            classes=1,
            width=width,
            mask_width=pixel_decoder.out_width,
            queries=queries,
            layers=layers,
            heads=heads,
            feedforward=feedforward,
            memory_levels=memory_levels,
        )
        self.decoder = TextQueryDecoder(pixel_decoder=pixel_decoder, query_decoder=query_decoder, text_width=text_width)
        self.criterion = SegmentCriterion(
            classes=1,
            class_weight=class_weight,
            mask_weight=mask_weight,
            dice_weight=dice_weight,
            no_object_weight=no_object_weight,
            points=num_points,
            oversample=oversample,
            importance=importance,
        )

    def set_names(self, embeddings: Tensor) -> None:
        """Take the embeddings (phrases, text_width) of the backbone's phrases."""
        if embeddings.shape != self.names.shape:
            raise UserError(
                f'TextQueryHead: {len(embeddings)} names of width {embeddings.shape[-1]} do not fit phrase_classes '
                f'({len(self.names)}) and text_width ({self.names.shape[-1]})'
            )
        self.names.copy_(embeddings)

    def named(self, features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """The images (N,) and the phrases (N,) of the N names that the images' texts hold."""
        drawn = features[self.phrase_levels[0]][:, -len(self.phrase_classes) :].amax(dim=(2, 3))
        return (drawn > 0).nonzero(as_tuple=True)

    def forward(self, features: Sequence[Tensor], images: Tensor, phrases: Tensor) -> Predictions:
        """Class logits (L, N, Q, 2) and mask logits (L, N, Q, h, w) of N > 0 names, see :meth:`named`."""
        count = len(self.phrase_classes)
        levels = [level[:, :-count] if i in self.phrase_levels else level for i, level in enumerate(features)]
        return self.decoder(levels, self.names[phrases], images)

    def loss(self, features: Sequence[Tensor], batch_data_samples: list, train_cfg: dict | None) -> dict[str, Tensor]:
        """Losses of a batch whose samples hold ``gt_sem_seg``; a name is there, once, or it is not."""
        images, phrases = self.named(features)
        if not len(images):
            nothing = sum(parameter.sum() for parameter in self.parameters()) * 0
            return {'loss_cls': nothing}
        segments = []
        for image, phrase in zip(images.tolist(), phrases.tolist(), strict=True):
            label = batch_data_samples[image].gt_sem_seg.data[0]
            mask = label == self.phrase_classes[phrase]
            masks = mask[None] if mask.any() else mask.new_zeros(0, *mask.shape)
            segments.append(
                Segments(
                    labels=torch.zeros(len(masks), dtype=torch.long, device=label.device),
                    masks=masks,
                    valid=label != self.ignore_index,
                )
            )
        return self.criterion(self(features, images, phrases), segments)

    def predict_probs(self, features: Sequence[Tensor], image_size: tuple[int, int]) -> Tensor:
        images, phrases = self.named(features)
        scores = features[0].new_zeros(0, *image_size)
        if len(images):
            class_logits, mask_logits = self(features, images, phrases)
            scores = name_scores(class_logits[-1], mask_logits[-1], size=image_size)
        return class_probabilities(
            scores, images, self.phrase_classes[phrases], batch=len(features[0]), num_classes=self.num_classes
        )
