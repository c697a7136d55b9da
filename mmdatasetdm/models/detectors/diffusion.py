"""mmdet's MaskFormer on a generator's features.

Not imported with the package: it needs mmdet, whose import takes seconds (configs name it in custom_imports).
"""

from mmdet.models import MaskFormer, SingleStageDetector
from torch import Tensor

from mmdatasetdm.models.build import build_head
from mmdatasetdm.models.conditioning.prompts import image_prompts
from mmdatasetdm.models.decode_heads.base import InstanceHead
from mmdatasetdm.models.padding import pad_to_stride
from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class DiffusionMaskFormer(MaskFormer):
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
        self.panoptic_head = build_head(panoptic_head, self.backbone, path='model.panoptic_head')
        self.num_things_classes = self.num_classes = self.panoptic_head.num_classes
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
    def decode_head(self) -> InstanceHead:
        """The head under the name that it has in the other models of this package."""
        return self.panoptic_head

    def loss(self, batch_inputs: Tensor, batch_data_samples: list) -> dict[str, Tensor]:
        """Losses of a batch, as MaskFormer's."""
        prompts = image_prompts(self.backbone, [sample.metainfo for sample in batch_data_samples], training=True)
        return self.panoptic_head.loss(self.backbone(batch_inputs, prompts), batch_data_samples)

    def predict(self, batch_inputs: Tensor, batch_data_samples: list, rescale: bool = True) -> list:
        """Data samples with ``pred_instances``, as MaskFormer's; of images of any size."""
        prompts = image_prompts(self.backbone, [sample.metainfo for sample in batch_data_samples])
        features = self.backbone(pad_to_stride(batch_inputs, self.backbone.strides[-1]), prompts)
        classes, masks = self.panoptic_head.predict(features, batch_data_samples)
        results = self.panoptic_fusion_head.predict(classes, masks, batch_data_samples, rescale=rescale)
        return self.add_pred_to_datasample(batch_data_samples, results)

    def _forward(self, batch_inputs: Tensor, batch_data_samples: list | None = None) -> tuple[Tensor, ...]:
        """The head's output for images (B, 3, H, W), without losses or instances: what counts operations asks for."""
        return self.panoptic_head(self.extract_feat(batch_inputs))
