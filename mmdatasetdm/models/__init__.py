"""Layer 3: registered adapters of the decoder to OpenMMLab."""

from importlib.util import find_spec

from mmdatasetdm.models.backbone import DiffusionFeatureBackbone
from mmdatasetdm.models.build import build_decoder
from mmdatasetdm.models.depth import DepthDecoderHead
from mmdatasetdm.models.ensemble import DecoderEnsemble
from mmdatasetdm.models.heads import PDecoderHead, PixelDecoderHead
from mmdatasetdm.models.losses import WeightedCrossEntropyLoss
from mmdatasetdm.models.text_queries import TextQueryHead
from mmdatasetdm.models.tta import DepthTTAModel, InstanceTTAModel

__all__ = [
    'DecoderEnsemble',
    'DepthDecoderHead',
    'DepthTTAModel',
    'DiffusionFeatureBackbone',
    'InstanceTTAModel',
    'PDecoderHead',
    'PixelDecoderHead',
    'TextQueryHead',
    'WeightedCrossEntropyLoss',
    'build_decoder',
]

# A user of mmpose or mmdet alone has no mmseg. What needs mmdet (models.instance) the configs import that use it.
if find_spec('mmseg') is not None:
    from mmdatasetdm.models.depthformer import DenseDepthHead, HAHINeck, StemSwinTransformer
    from mmdatasetdm.models.segmentor import DiffusionDepthEstimator, DiffusionSegmentor

    __all__ += [
        'DenseDepthHead',
        'DiffusionDepthEstimator',
        'DiffusionSegmentor',
        'HAHINeck',
        'StemSwinTransformer',
    ]
