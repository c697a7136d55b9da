"""Test-time augmentation of depth and of instances with masks, which mmseg and mmdet do not have: views are merged."""

from collections.abc import Sequence

import torch
from mmengine.model import BaseTTAModel
from mmengine.structures import BaseDataElement, InstanceData, PixelData
from torchvision.ops import batched_nms

from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class DepthTTAModel(BaseTTAModel):
    """The mean depth of an image's views, as a DepthEstimator predicts it of each; ``tta_model`` of a config.

    Args:
        module: config of the model; tools/test.py and the stock test.py fill it in.
        data_preprocessor: as of BaseTTAModel.
    """

    def __init__(self, *, module: dict, data_preprocessor: dict | None = None) -> None:
        super().__init__(module, data_preprocessor)

    def merge_preds(self, data_samples_list: Sequence[Sequence]) -> list:
        """The views of each image -> a sample each, the first view's with the mean ``pred_depth_map`` (1, H, W)."""
        merged = []
        for views in data_samples_list:
            depth = torch.stack([view.pred_depth_map.data for view in views]).mean(0)
            sample = views[0]
            sample.pred_depth_map = PixelData(data=depth)
            merged.append(sample)
        return merged


@MODELS.register_module()
class InstanceTTAModel(BaseTTAModel):
    """The instances of an image's views, the best one where several cover each other; ``tta_model`` of a config.

    mmdet's DetTTAModel merges boxes alone.

    Args:
        module: config of the model; tools/test.py and the stock test.py fill it in.
        iou_threshold: of two instances of one class whose boxes overlap by more (IoU), the better one stays.
        max_per_image: number of instances that are kept.
        data_preprocessor: as of BaseTTAModel.
    """

    def __init__(
        self,
        *,
        module: dict,
        iou_threshold: float = 0.7,
        max_per_image: int = 100,
        data_preprocessor: dict | None = None,
    ) -> None:
        super().__init__(module, data_preprocessor)
        if not 0 < iou_threshold <= 1:
            raise UserError(f'InstanceTTAModel: iou_threshold is {iou_threshold}; it must be above 0, and 1 at most')
        self.iou_threshold, self.max_per_image = iou_threshold, max_per_image

    def merge_preds(self, data_samples_list: Sequence[Sequence]) -> list:
        """The views of each image -> a sample each, the first view's with the ``pred_instances`` of all."""
        return [self._merge(views) for views in data_samples_list]

    def _merge(self, views: Sequence[BaseDataElement]) -> BaseDataElement:
        found = InstanceData.cat([self._unflipped(view) for view in views])
        kept = batched_nms(found.bboxes, found.scores, found.labels, self.iou_threshold)[: self.max_per_image]
        sample = views[0]
        sample.pred_instances = found[kept]
        return sample

    @staticmethod
    def _unflipped(view: BaseDataElement) -> InstanceData:
        """A view's instances where they are in the image."""
        found = view.pred_instances
        bboxes, masks = found.bboxes, found.masks
        if view.metainfo.get('flip'):
            height, width = view.ori_shape[:2]
            axis = dict(horizontal=0, vertical=1)[view.flip_direction]
            size = (width, height)[axis]
            bboxes = bboxes.clone()
            bboxes[:, [axis, axis + 2]] = size - found.bboxes[:, [axis + 2, axis]]
            masks = masks.flip(-1 - axis)
        return InstanceData(bboxes=bboxes.float(), masks=masks, scores=found.scores, labels=found.labels)
