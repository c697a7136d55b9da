"""mmseg's EncoderDecoder and DepthEstimator on a generator's features."""

from collections.abc import Sequence

from mmseg.models import DepthEstimator, EncoderDecoder
from torch import Tensor

from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import MODELS


class _ReadsOwnText:
    """Fills in what the head must know of the features, and reads each image with the text of its classes."""

    _texts: list[str] | None = None

    def _init_decode_head(self, decode_head: dict) -> None:
        derived = {'in_channels': self.backbone.out_channels, 'stride': self.backbone.strides[0]}
        if decode_head.get('phrase_classes') is not None:
            derived['phrase_levels'] = self.backbone.phrase_levels
        super()._init_decode_head({**derived, **decode_head})

    def loss(self, inputs: Tensor, data_samples: Sequence) -> dict:
        """Losses of a batch, as the stock class's."""
        metas = [sample.metainfo for sample in data_samples]
        if self.backbone.own_text is not None and not all('present_classes' in meta for meta in metas):
            raise UserError(
                'own_text needs the classes of each image: put dict(type="mmdatasetdm.PresentClasses", classes=[...]) '
                'before PackSegInputs, and "present_classes" into its meta_keys'
            )
        self._texts = self._read(metas)
        return super().loss(inputs, data_samples)

    def encode_decode(self, inputs: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """Predictions (B, channels, H, W) of a batch or of a window of it, as the stock class's."""
        self._texts = self._read(batch_img_metas)
        return super().encode_decode(inputs, batch_img_metas)

    def extract_feat(self, inputs: Tensor, batch_img_metas: list[dict] | None = None) -> tuple[Tensor, ...]:
        """Features of images (B, 3, H, W), read with the texts of the batch; DepthEstimator gives the metas too."""
        texts, self._texts = self._texts, None
        return self.backbone(inputs, texts)

    def _read(self, metas: Sequence[dict]) -> list[str]:
        return [self.backbone.text_of(meta.get('present_classes', ())) for meta in metas]


@MODELS.register_module()
class DiffusionSegmentor(_ReadsOwnText, EncoderDecoder):
    """EncoderDecoder whose head takes its ``in_channels``, ``stride`` and ``phrase_levels`` from the backbone.

    They follow from the generator, so a config that names another generator needs no other numbers. With the
    numbers written in the config, the stock EncoderDecoder does the same. Where the backbone has an ``own_text``, each
    image is read with the text of its ``present_classes`` (transform PresentClasses, in ``meta_keys``). Training needs
    them; an image to be segmented that comes without is read with the text for all.
    """


@MODELS.register_module()
class DiffusionDepthEstimator(_ReadsOwnText, DepthEstimator):
    """The same of DepthEstimator: ``decode_head`` is a DepthDecoderHead."""
