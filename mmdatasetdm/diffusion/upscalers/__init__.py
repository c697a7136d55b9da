"""Later stages of a cascade: models that draw a larger image from a small one and its prompt; one file a family."""

from mmdatasetdm.diffusion.upscalers.base import Upscaler, fingerprint_of
from mmdatasetdm.diffusion.upscalers.deepfloyd_if import DeepFloydIFUpscaler
from mmdatasetdm.diffusion.upscalers.stable_diffusion import StableDiffusionUpscaler

__all__ = ['DeepFloydIFUpscaler', 'StableDiffusionUpscaler', 'Upscaler', 'fingerprint_of']
