"""The frozen generator: load it, sample latents, and turn a finished latent into features in one extraction pass."""

from mmdatasetdm.diffusion.features import Features
from mmdatasetdm.diffusion.model import DiffusionModel
from mmdatasetdm.diffusion.text_encoder import TextEmbedding

__all__ = ['DiffusionModel', 'Features', 'TextEmbedding']
