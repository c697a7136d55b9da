"""mmseg's EncoderDecoder and DepthEstimator on a generator's features."""

from collections.abc import Sequence

from mmseg.models import DepthEstimator, EncoderDecoder
from torch import Tensor

from mmdatasetdm.models.backbones.diffusion import DiffusionFeatureBackbone
from mmdatasetdm.models.build import build_head
from mmdatasetdm.models.conditioning.prompts import image_prompts
from mmdatasetdm.models.padding import pad_to_stride
from mmdatasetdm.registry import MODELS


class _Segmentor(EncoderDecoder):
    """An EncoderDecoder with a DiffusionFeatureBackbone."""

    backbone: DiffusionFeatureBackbone

    def _init_decode_head(self, decode_head: dict) -> None:
        self.decode_head = build_head(decode_head, self.backbone, path='model.decode_head')
        self.align_corners = self.decode_head.align_corners
        self.num_classes = self.decode_head.num_classes
        self.out_channels = self.decode_head.out_channels

    def extract_feat(self, inputs: Tensor, prompts: Sequence[str] | None = None) -> tuple[Tensor, ...]:
        """Features of images (B, 3, H, W) with B prompts; None: the prompt of images of which nothing is known."""
        return self.backbone(inputs, prompts)

    def loss(self, inputs: Tensor, data_samples: Sequence) -> dict:
        """Losses of a batch, as the stock class's."""
        prompts = image_prompts(self.backbone, [sample.metainfo for sample in data_samples], training=True)
        features = self.extract_feat(inputs, prompts)
        losses = self._decode_head_forward_train(features, data_samples)
        if self.with_auxiliary_head:
            losses.update(self._auxiliary_head_forward_train(features, data_samples))
        return losses

    def encode_decode(self, inputs: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """Predictions (B, channels, H, W) of a batch or of a window of it, as the stock class's.

        A size that the coarsest stride does not divide is made one by repeating the border, which is cut off again.
        """
        height, width = inputs.shape[-2:]
        padded = pad_to_stride(inputs, self.backbone.strides[-1])
        features = self.extract_feat(padded, image_prompts(self.backbone, batch_img_metas))
        return self.decode_head.predict(features, batch_img_metas, self.test_cfg)[..., :height, :width]

    def _forward(self, inputs: Tensor, data_samples: list | None = None) -> object:
        """The head's output for images (B, 3, H, W) of any size: what counts operations asks for."""
        return self.decode_head(self.extract_feat(pad_to_stride(inputs, self.backbone.strides[-1])))


@MODELS.register_module()
class DiffusionSegmentor(_Segmentor):
    """EncoderDecoder whose head takes ``in_channels``, ``stride`` and the attention of the names from the backbone.

    They follow from the generator, so a config that names another generator needs no other numbers. With the
    numbers written in the config, the stock EncoderDecoder does the same, with one prompt for all images.
    """


@MODELS.register_module()
class DiffusionDepthEstimator(_Segmentor, DepthEstimator):
    """The same of DepthEstimator: ``decode_head`` is a DepthDecoderHead."""
