"""Generation: recipe -> plan -> workers -> shards -> data set."""

from mmdatasetdm.generation.engine import generate
from mmdatasetdm.generation.recipe import Recipe, load_recipe

__all__ = ['Recipe', 'generate', 'load_recipe']
