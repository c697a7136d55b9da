"""Generation: recipe -> plan -> workers -> shards -> data set."""

from mmdatasetdm.generation.engine import NothingToTrainOn, generate
from mmdatasetdm.generation.recipe import Recipe, load_recipe

__all__ = ['NothingToTrainOn', 'Recipe', 'generate', 'load_recipe']
