"""The recipe and the data set of the tests of generation."""

from tests.generation.conftest import decoder_files, make_recipe, recipe_file, whole

__all__ = ['decoder_files', 'make_recipe', 'recipe_file', 'whole']
