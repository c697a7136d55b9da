"""Segmentors of mmseg on a generator's features."""

from mmdatasetdm.models.segmentors.diffusion import DiffusionDepthEstimator, DiffusionSegmentor

__all__ = ['DiffusionDepthEstimator', 'DiffusionSegmentor']
