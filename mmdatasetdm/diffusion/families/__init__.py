"""One file per family of generators behind the interface of ``base.Denoiser``; others register from anywhere."""

from mmdatasetdm.diffusion.families.base import Denoiser, Family, ImageCodec, Parts, RawFeatures
from mmdatasetdm.diffusion.families.deepfloyd_if import DeepFloydIF
from mmdatasetdm.diffusion.families.flux import Flux
from mmdatasetdm.diffusion.families.pixart import PixArt
from mmdatasetdm.diffusion.families.sana import Sana, SanaSprint
from mmdatasetdm.diffusion.families.sd3 import StableDiffusion3
from mmdatasetdm.diffusion.families.sdxl import StableDiffusionXL
from mmdatasetdm.diffusion.families.stable_diffusion import StableDiffusion
from mmdatasetdm.diffusion.families.unet import UNetDenoiser

__all__ = [
    'DeepFloydIF',
    'Denoiser',
    'Family',
    'Flux',
    'ImageCodec',
    'Parts',
    'PixArt',
    'RawFeatures',
    'Sana',
    'SanaSprint',
    'StableDiffusion',
    'StableDiffusion3',
    'StableDiffusionXL',
    'UNetDenoiser',
]
