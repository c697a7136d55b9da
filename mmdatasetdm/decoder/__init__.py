"""Layer 2: the P-Decoder in plain PyTorch."""

from mmdatasetdm.decoder.dense import DenseDecoder
from mmdatasetdm.decoder.losses import SegmentCriterion
from mmdatasetdm.decoder.matching import Segments
from mmdatasetdm.decoder.pdecoder import PDecoder, PhraseClassifier, PixelClassifier, semantic_probabilities
from mmdatasetdm.decoder.pixel_decoder import PixelDecoder
from mmdatasetdm.decoder.query_decoder import Predictions, QueryDecoder

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
    'semantic_probabilities',
]
