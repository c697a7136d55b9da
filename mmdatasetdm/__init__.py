"""Diffusion-generated perception data sets for OpenMMLab (after DatasetDM, NeurIPS 2023)."""

from mmdatasetdm import compat

__version__ = '0.1.0'

# packages that register what comes with mmdatasetdm; :mod:`mmdatasetdm.registry` imports them
BUILT_IN = ('mmdatasetdm.toyroom',)

compat.install()
