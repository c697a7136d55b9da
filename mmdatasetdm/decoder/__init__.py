"""Layer 2: the P-Decoder in plain PyTorch."""

from mmdatasetdm.decoder.dense import DenseDecoder
from mmdatasetdm.decoder.losses import SegmentCriterion
from mmdatasetdm.decoder.matcher import Segments
from mmdatasetdm.decoder.pdecoder import PDecoder, PhraseClassifier, PixelClassifier, semantic_probabilities
from mmdatasetdm.decoder.pixel_decoder import PixelDecoder
from mmdatasetdm.decoder.text_queries import TextQueryDecoder
from mmdatasetdm.decoder.transformer_decoder import Predictions, QueryDecoder

__all__ = [
    'DenseDecoder',
    'PDecoder',
    'PhraseClassifier',
    'PixelClassifier',
    'PixelDecoder',
    'Predictions',
    'QueryDecoder',
    'SegmentCriterion',
    'Segments',
    'TextQueryDecoder',
    'semantic_probabilities',
]
