"""Detectors of mmdet on a generator's features; mmdet is imported only with them (configs name them)."""

from mmdatasetdm.models.detectors.diffusion import DiffusionMaskFormer

__all__ = ['DiffusionMaskFormer']
