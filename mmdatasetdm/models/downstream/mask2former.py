"""Mask2Former for labels with ignored pixels, for mmseg and for mmdet.

In the stock heads a pixel that is ignored (255 of a label map, a crowd of COCO) is 0 in the mask of every class: it
teaches that nothing is there, and the more careful a generated label is, the smaller are the masks that it teaches.

Not imported with the package: it needs mmdet (configs name it in custom_imports).
"""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import torch
from mmdet.models.dense_heads import Mask2FormerHead
from mmdet.utils import reduce_mean
from mmengine.structures import InstanceData
from torch import Tensor

from mmdatasetdm.decoder.point_sample import (
    mostly_ignored,
    random_points,
    sample_points,
    uncertain_points,
    without_ignored,
)
from mmdatasetdm.models.crowds import valid_pixels
from mmdatasetdm.registry import MODELS

VALID = 'valid_pixels'  # the key of an image's metas


class IgnoresPixels:
    """For a Mask2FormerHead, before it in the list of bases: ignored pixels are left out of costs and losses.

    Points are drawn among the valid pixels alone, for the matching as for the mask and dice losses, whose means are
    then over what is known; mask logits over nothing but ignored pixels have no gradient; and a query without a segment
    is not pushed to "no object" where most of its mask is ignored. All else, losses and costs of the config too, is the
    stock head's, but that a point's label is its pixel's and not a mean with the neighbours'.

    The metas of each image hold its valid pixels, (H, W) bool, under ``valid_pixels``.
    """

    # of the Mask2FormerHead
    num_points: int
    num_queries: int
    num_classes: int
    oversample_ratio: float
    importance_sample_ratio: float
    class_weight: Sequence[float]
    assigner: Any
    sampler: Any
    get_targets: Callable[..., tuple]
    loss_cls: Callable[..., Tensor]
    loss_mask: Callable[..., Tensor]
    loss_dice: Callable[..., Tensor]

    def _get_targets_single(
        self, cls_score: Tensor, mask_pred: Tensor, gt_instances: InstanceData, img_meta: dict
    ) -> tuple:
        points = random_points(img_meta[VALID], self.num_points)
        masks = gt_instances.masks
        targets = masks.new_zeros(0, len(points), dtype=torch.float)
        if len(masks):
            targets = sample_points(masks[None].float(), points[None], mode='nearest')[0]
        assigned = self.assigner.assign(
            pred_instances=InstanceData(
                scores=cls_score, masks=sample_points(mask_pred[None].float(), points[None])[0]
            ),
            gt_instances=InstanceData(labels=gt_instances.labels, masks=targets),
            img_meta=img_meta,
        )
        sampled = self.sampler.sample(
            assign_result=assigned,
            pred_instances=InstanceData(scores=cls_score, masks=mask_pred),
            gt_instances=gt_instances,
        )
        found = sampled.pos_assigned_gt_inds
        labels = torch.full((self.num_queries,), self.num_classes, device=cls_score.device)
        labels[sampled.pos_inds] = gt_instances.labels[found].long()
        label_weights = (~mostly_ignored(mask_pred, img_meta[VALID])).to(cls_score)
        label_weights[sampled.pos_inds] = 1
        mask_weights = mask_pred.new_zeros(self.num_queries)
        mask_weights[sampled.pos_inds] = 1
        return labels, label_weights, masks[found], mask_weights, sampled.pos_inds, sampled.neg_inds, sampled

    def _loss_by_feat_single(
        self,
        cls_scores: Tensor,
        mask_preds: Tensor,
        batch_gt_instances: Sequence[InstanceData],
        batch_img_metas: Sequence[dict],
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Class, mask and dice loss of one layer; class scores (B, Q, classes + 1), mask logits (B, Q, h, w)."""
        labels, label_weights, targets, mask_weights, matched = self.get_targets(
            list(cls_scores), list(mask_preds), batch_gt_instances, batch_img_metas
        )
        labels, label_weights = torch.cat(labels), torch.cat(label_weights)
        weights = cls_scores.new_tensor(self.class_weight)[labels] * label_weights
        loss_cls = self.loss_cls(
            cls_scores.flatten(0, 1), labels, label_weights, avg_factor=weights.sum().clamp(min=1e-6)
        )

        total = reduce_mean(cls_scores.new_tensor([matched])).clamp(min=1)
        masks = mask_preds[torch.stack(mask_weights) > 0].float()
        owners = [image for image, found in enumerate(targets) for _ in found]
        if not owners:
            return loss_cls, masks.sum(), masks.sum()
        valid = [meta[VALID] for meta in batch_img_metas]
        points = uncertain_points(
            masks.detach(),
            valid=valid,
            owners=owners,
            num_points=self.num_points,
            oversample_ratio=self.oversample_ratio,
            importance_sample_ratio=self.importance_sample_ratio,
        )
        labelled = sample_points(torch.cat(targets)[:, None].float(), points, mode='nearest')[:, 0]
        logits = sample_points(without_ignored(masks, valid, owners)[:, None], points)[:, 0]
        loss_dice = self.loss_dice(logits, labelled, avg_factor=total)
        loss_mask = self.loss_mask(logits.flatten(), labelled.flatten(), avg_factor=total * self.num_points)
        return loss_cls, loss_mask, loss_dice


@MODELS.register_module()
class InstanceMask2FormerHead(IgnoresPixels, Mask2FormerHead):
    """mmdet's Mask2FormerHead for instances, to which a crowd is no background; its arguments are the stock ones."""

    def loss(self, x: tuple[Tensor, ...], batch_data_samples: list) -> dict[str, Tensor]:
        """Losses of a batch whose samples hold ``gt_instances``; where ``ignored_instances`` are (crowds) none is."""
        for sample in batch_data_samples:
            sample.set_metainfo({VALID: valid_pixels(sample, x[0].device)})
        return super().loss(x, batch_data_samples)


if find_spec('mmseg') is not None:
    from mmseg.models.decode_heads import Mask2FormerHead as SegmentationHead

    @MODELS.register_module()
    class SemanticMask2FormerHead(IgnoresPixels, SegmentationHead):
        """mmseg's Mask2FormerHead that leaves out the pixels of ``ignore_index``; its arguments are the stock ones."""

        def forward(self, x: Sequence[Tensor], batch_data_samples: list | None = None) -> tuple:
            """As the stock head's, which reads nothing of the samples."""
            return super().forward(x, batch_data_samples or [])

        def _seg_data_to_instance_data(self, batch_data_samples: list) -> tuple[list[InstanceData], list[dict]]:
            instances, metas = super()._seg_data_to_instance_data(batch_data_samples)
            valid = [sample.gt_sem_seg.data[0] != self.ignore_index for sample in batch_data_samples]
            return instances, [{**meta, VALID: pixels} for meta, pixels in zip(metas, valid, strict=True)]
