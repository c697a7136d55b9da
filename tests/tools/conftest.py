"""The recipe of the tests of generation."""

from tests.generation.conftest import decoder_files, recipe_file

__all__ = ['decoder_files', 'recipe_file']
