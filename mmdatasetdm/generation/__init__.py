"""Generation: recipe -> plan -> workers -> shards -> data set."""

from mmdatasetdm.generation.recipe import Recipe, load_recipe
from mmdatasetdm.generation.runner import NothingToTrainOn, generate

__all__ = ['NothingToTrainOn', 'Recipe', 'generate', 'load_recipe']
