"""DepthFormer (Li et al., 2022) for mmseg 1.x: Swin with a convolutional stem, HAHI neck, DenseDepth head."""

from mmdatasetdm.models.downstream.depthformer.backbone import StemSwinTransformer
from mmdatasetdm.models.downstream.depthformer.hahi import HAHINeck
from mmdatasetdm.models.downstream.depthformer.head import DenseDepthHead, sig_loss

__all__ = ['DenseDepthHead', 'HAHINeck', 'StemSwinTransformer', 'sig_loss']
