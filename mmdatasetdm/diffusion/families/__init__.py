"""One file per family of denoisers behind the small interface of ``base.Denoiser``."""

from mmdatasetdm.diffusion.families.base import Denoiser, RawFeatures
from mmdatasetdm.diffusion.families.unet import UNetDenoiser

# class name in model_index.json -> (component folder, family)
FAMILIES = {'UNet2DConditionModel': ('unet', UNetDenoiser)}

__all__ = ['FAMILIES', 'Denoiser', 'RawFeatures', 'UNetDenoiser']
