"""Layer 3: registered adapters of the decoder to OpenMMLab."""

from importlib.util import find_spec

from mmdatasetdm.models.backbones.diffusion import DiffusionFeatureBackbone
from mmdatasetdm.models.build import build_decoder
from mmdatasetdm.models.decode_heads.depth import DepthDecoderHead
from mmdatasetdm.models.decode_heads.pdecoder import PDecoderHead, PixelDecoderHead
from mmdatasetdm.models.decode_heads.text_queries import TextQueryHead
from mmdatasetdm.models.downstream.losses import WeightedCrossEntropyLoss
from mmdatasetdm.models.downstream.tta import DepthTTAModel, InstanceTTAModel
from mmdatasetdm.models.ensemble import DecoderEnsemble

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
    from mmdatasetdm.models.downstream.depthformer import DenseDepthHead, HAHINeck, StemSwinTransformer
    from mmdatasetdm.models.segmentors.diffusion import DiffusionDepthEstimator, DiffusionSegmentor

    __all__ += [
        'DenseDepthHead',
        'DiffusionDepthEstimator',
        'DiffusionSegmentor',
        'HAHINeck',
        'StemSwinTransformer',
    ]
