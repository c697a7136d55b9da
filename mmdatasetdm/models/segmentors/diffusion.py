"""mmseg's EncoderDecoder and DepthEstimator on a generator's features."""

from mmseg.models import DepthEstimator, EncoderDecoder
from torch import Tensor

from mmdatasetdm.models.conditioning.own_text import ReadsOwnText
from mmdatasetdm.models.padding import pad_to_stride
from mmdatasetdm.registry import MODELS
from mmdatasetdm.utils.config import is_type


class _Segmentor(ReadsOwnText):
    def _init_decode_head(self, decode_head: dict) -> None:
        derived = self.derived_for(decode_head)
        if is_type(decode_head, 'TextQueryHead'):
            names = self.backbone.phrase_embeddings()
            derived['text_width'] = names.shape[-1]
        super()._init_decode_head({**derived, **decode_head})
        if 'text_width' in derived:
            self.decode_head.set_names(names)

    def encode_decode(self, inputs: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """Predictions (B, channels, H, W) of a batch or of a window of it, as the stock class's.

        A size that the coarsest stride does not divide is made one by repeating the border, which is cut off again.
        """
        self.read(batch_img_metas)
        height, width = inputs.shape[-2:]
        predictions = super().encode_decode(pad_to_stride(inputs, self.backbone.strides[-1]), batch_img_metas)
        return predictions[..., :height, :width]

    def _forward(self, inputs: Tensor, data_samples: list | None = None) -> object:
        """What the head says of images (B, 3, H, W) of any size: what counts operations asks for."""
        return super()._forward(pad_to_stride(inputs, self.backbone.strides[-1]), data_samples)


@MODELS.register_module()
class DiffusionSegmentor(_Segmentor, EncoderDecoder):
    """EncoderDecoder whose head takes its ``in_channels``, ``stride`` and ``phrase_levels`` from the backbone.

    They follow from the generator, so a config that names another generator needs no other numbers. With the
    numbers written in the config, the stock EncoderDecoder does the same. See :class:`ReadsOwnText`.
    """


@MODELS.register_module()
class DiffusionDepthEstimator(_Segmentor, DepthEstimator):
    """The same of DepthEstimator: ``decode_head`` is a DepthDecoderHead."""
