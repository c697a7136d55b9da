"""Wrong inputs of a person, a module of ``CASES`` for each area; ``tests/test_bad_input.py`` runs them all."""

from tests.bad_input.case import Case

__all__ = ['Case']
