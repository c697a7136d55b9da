"""mmseg's EncoderDecoder on a generator's features."""

from mmseg.models import EncoderDecoder

from mmdatasetdm.registry import MODELS


@MODELS.register_module()
class DiffusionSegmentor(EncoderDecoder):
    """EncoderDecoder whose head takes its ``in_channels`` and ``stride`` from the backbone.

    They follow from the generator, so a config that names another generator needs no other numbers. With the two
    numbers written in the config, the stock EncoderDecoder does the same.
    """

    def _init_decode_head(self, decode_head: dict) -> None:
        derived = {'in_channels': self.backbone.out_channels, 'stride': self.backbone.strides[0]}
        super()._init_decode_head({**derived, **decode_head})
