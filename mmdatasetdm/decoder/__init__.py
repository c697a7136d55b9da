"""Layer 2: the P-Decoder in plain PyTorch."""

from mmdatasetdm.decoder.dense import DenseDecoder
from mmdatasetdm.decoder.losses import SegmentCriterion
from mmdatasetdm.decoder.matching import Segments
from mmdatasetdm.decoder.pdecoder import PDecoder, PhraseClassifier, PixelClassifier, semantic_probabilities
from mmdatasetdm.decoder.pixel_decoder import PixelDecoder
from mmdatasetdm.decoder.query_decoder import Predictions, QueryDecoder
from mmdatasetdm.decoder.text_queries import TextQueryDecoder

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
