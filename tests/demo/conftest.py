"""The recipe of all tasks that the tests of the API use."""

from tests.apis.conftest import all_tasks_recipe, decoders  # noqa: F401
