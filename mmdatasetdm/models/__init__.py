"""The decoders as models of OpenMMLab: registered adapters."""

from importlib.util import find_spec

from mmdatasetdm.models.backbones.diffusion import DiffusionFeatureBackbone
from mmdatasetdm.models.decode_heads.depth import DepthDecoderHead
from mmdatasetdm.models.decode_heads.instance import InstanceDecoderHead
from mmdatasetdm.models.decode_heads.pdecoder import PDecoderHead
from mmdatasetdm.models.decode_heads.pixel_classifier import PixelClassifierHead
from mmdatasetdm.models.decode_heads.pixel_instance import PixelInstanceHead
from mmdatasetdm.models.decode_heads.text_queries import TextQueryHead
from mmdatasetdm.models.downstream.losses import WeightedCrossEntropyLoss
from mmdatasetdm.models.downstream.tta import DepthTTAModel, InstanceTTAModel
from mmdatasetdm.models.ensemble import DecoderEnsemble
from mmdatasetdm.models.load import build_decoder
from mmdatasetdm.models.necks.pixel_decoder import PixelDecoderNeck

__all__ = [
    'DecoderEnsemble',
    'DepthDecoderHead',
    'DepthTTAModel',
    'DiffusionFeatureBackbone',
    'InstanceDecoderHead',
    'InstanceTTAModel',
    'PDecoderHead',
    'PixelClassifierHead',
    'PixelDecoderNeck',
    'PixelInstanceHead',
    'TextQueryHead',
    'WeightedCrossEntropyLoss',
    'build_decoder',
]

# A user of mmpose or mmdet alone has no mmseg. Detectors and pose estimators are imported by the configs that use them.
if find_spec('mmseg') is not None:
    from mmdatasetdm.models.downstream.depthformer import DenseDepthHead, HAHINeck, StemSwinTransformer
    from mmdatasetdm.models.segmentors.diffusion import DiffusionDepthEstimator, DiffusionSegmentor

    __all__ += [
        'DenseDepthHead',
        'DiffusionDepthEstimator',
        'DiffusionSegmentor',
        'HAHINeck',
        'StemSwinTransformer',
    ]
