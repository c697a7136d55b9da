"""Diffusion-generated perception data sets for OpenMMLab (after DatasetDM, NeurIPS 2023)."""

from mmdatasetdm import compat

__version__ = '0.1.0'

compat.install()
