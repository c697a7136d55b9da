"""The decoders of the paper in plain PyTorch: features of a generator in, labels out."""

from mmdatasetdm.decoder.dense import DenseDecoder
from mmdatasetdm.decoder.losses import PixelCriterion, SetCriterion, SiLogCriterion
from mmdatasetdm.decoder.matcher import MaskTargets
from mmdatasetdm.decoder.pdecoder import PDecoder
from mmdatasetdm.decoder.pixel_classifier import PhraseClassifier, PixelClassifier
from mmdatasetdm.decoder.pixel_decoder import PixelDecoder
from mmdatasetdm.decoder.text_queries import TextQueryDecoder
from mmdatasetdm.decoder.transformer_decoder import Predictions, TransformerDecoder

__all__ = [
    'DenseDecoder',
    'MaskTargets',
    'PDecoder',
    'PhraseClassifier',
    'PixelClassifier',
    'PixelCriterion',
    'PixelDecoder',
    'Predictions',
    'SetCriterion',
    'SiLogCriterion',
    'TextQueryDecoder',
    'TransformerDecoder',
]
