"""mmpose's TopdownPoseEstimator on a generator's features: heat maps of the whole image (DatasetDM supp. 3.3).

Not imported with the package: it needs mmpose (configs name it in custom_imports).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmpose.models import TopdownPoseEstimator
from torch import Tensor

from mmdatasetdm.errors import UserError
from mmdatasetdm.models.build import build_head
from mmdatasetdm.models.conditioning.prompts import image_prompts
from mmdatasetdm.models.decode_heads.base import PoseHead
from mmdatasetdm.registry import MODELS


def inside(heatmaps: Tensor, box: Sequence[float] | None, scale: Sequence[float]) -> Tensor:
    """Heat maps (K, h, w) with 0 outside of a box (x1, y1, x2, y2) in input pixels; ``scale``: of those to the maps."""
    if box is None:
        return heatmaps
    height, width = heatmaps.shape[-2:]
    left, top, right, bottom = (value / scale[i % 2] for i, value in enumerate(box))
    kept = torch.zeros_like(heatmaps[0])
    columns = slice(min(max(int(left), 0), width - 1), max(int(np.ceil(right)) + 1, 1))
    rows = slice(min(max(int(top), 0), height - 1), max(int(np.ceil(bottom)) + 1, 1))
    kept[rows, columns] = 1
    return heatmaps * kept


@MODELS.register_module()
class DiffusionPoseEstimator(PoseHead, TopdownPoseEstimator):
    """mmpose's TopdownPoseEstimator on a generator's features; its neck takes ``in_channels`` from the backbone.

    Args:
        backbone: config of a DiffusionFeatureBackbone.
        neck: config of a PixelDecoderNeck.
        head: config of any heat-map head of mmpose.
        train_cfg, test_cfg, data_preprocessor, init_cfg: as of TopdownPoseEstimator.
    """

    def __init__(
        self,
        *,
        backbone: dict,
        neck: dict,
        head: dict,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            backbone=backbone,
            head=head,
            train_cfg=train_cfg,
            test_cfg=test_cfg,
            data_preprocessor=data_preprocessor,
            init_cfg=init_cfg,
        )
        self.neck = build_head(neck, self.backbone, path='model.neck')

    @property
    def decode_head(self) -> PoseHead:
        """The neck and the head together, under the name that the head has in the other models of this package."""
        return self

    @property
    def codec(self) -> object:
        """mmpose's codec, which reads keypoints from heat maps."""
        return self.head.decoder

    def predict_heatmaps(self, features: Sequence[Tensor]) -> Tensor:
        """Heat maps (B, K, h, w) of features."""
        return self.head(self.neck(features))

    def extract_feat(self, inputs: Tensor, prompts: Sequence[str] | None = None) -> tuple[Tensor]:
        """The neck's map of images (B, 3, H, W) with B prompts."""
        return self.neck(self.backbone(inputs, prompts))

    def loss(self, inputs: Tensor, data_samples: list) -> dict:
        """Losses of a batch, as TopdownPoseEstimator's."""
        prompts = image_prompts(self.backbone, [sample.metainfo for sample in data_samples], training=True)
        features = self.extract_feat(inputs, prompts)
        self._check_size(features[0], data_samples[0])
        # in mixed precision mmpose would read the heat maps with numpy, which has no bfloat16
        with torch.autocast(inputs.device.type, enabled=False):
            return self.head.loss(tuple(level.float() for level in features), data_samples, train_cfg=self.train_cfg)

    def _check_size(self, features: Tensor, sample: Any) -> None:
        """UserError where the neck's maps and the heat maps differ in size, and no layer between them changes it."""
        heatmaps = sample.get('gt_fields', {}).get('heatmaps')
        if heatmaps is None or not isinstance(getattr(self.head, 'deconv_layers', None), torch.nn.Identity):
            return
        (height, width), (rows, columns) = heatmaps.shape[-2:], features.shape[-2:]
        if (height, width) != (rows, columns):
            raise UserError(
                f'the heat maps are {width}x{height}, but the pixel decoder makes maps of {columns}x{rows} of this '
                f'generator: set heatmap_size=({columns}, {rows}) in the codec, or another upsample'
            )

    def predict(self, inputs: Tensor, data_samples: list) -> list:
        """Data samples with ``pred_instances``, as TopdownPoseEstimator's; ``flip_test`` of ``test_cfg`` as there."""
        prompts = image_prompts(self.backbone, [sample.metainfo for sample in data_samples])
        features: Any = self.extract_feat(inputs, prompts)
        if self.test_cfg.get('flip_test', False):
            features = [features, self.extract_feat(inputs.flip(-1), prompts)]
        predictions = self.head.predict(features, data_samples, test_cfg=self.test_cfg)
        instances, fields = predictions if isinstance(predictions, tuple) else (predictions, None)
        return self.add_pred_to_datasample(instances, fields, data_samples)
