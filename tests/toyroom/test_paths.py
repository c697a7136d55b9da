"""The built-in world is in the package, and registers itself."""

from mmdatasetdm.registry import BUILT_IN_GENERATORS, PROMPT_SOURCES
from mmdatasetdm.toyroom.paths import TOYROOM_DATA, TOYROOM_GENERATOR


def test_its_files_and_names():
    assert (TOYROOM_GENERATOR / 'model_index.json').is_file() and TOYROOM_DATA.is_dir()
    assert BUILT_IN_GENERATORS == {'toyroom': TOYROOM_GENERATOR}
    PROMPT_SOURCES.import_from_location()
    assert PROMPT_SOURCES.module_dict['toyroom'].__module__ == 'mmdatasetdm.toyroom.prompts'
