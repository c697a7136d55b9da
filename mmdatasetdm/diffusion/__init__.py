"""The frozen generator: load it, sample latents, and turn a finished latent into features in one annotation pass."""

from mmdatasetdm.diffusion.annotation import Features
from mmdatasetdm.diffusion.generator import Generator
from mmdatasetdm.diffusion.text import TextEmbedding

__all__ = ['Features', 'Generator', 'TextEmbedding']
