"""demo/app.py: what its button does, and the page itself where Gradio is installed."""

import zipfile

import pytest

from demo import app
from mmdatasetdm.errors import UserError


@pytest.fixture(autouse=True)
def recipe(all_tasks_recipe, monkeypatch):
    app.inferencer_of.cache_clear()
    yield str(all_tasks_recipe)
    app.inferencer_of.cache_clear()


def test_the_button_gives_pictures_and_a_coco_folder(recipe):
    pictures, archive, found = app.label('a room with a chair', '', 2, 0, decoders=recipe, device='cpu')
    assert len(pictures) == 2 and pictures[0].shape[1] > 5 * 128
    names = zipfile.ZipFile(archive).namelist()
    for name in (
        'train2017/000000000002.png',
        'stuffthingmaps/train2017/000000000001.png',
        'annotations/instances_train2017.json',
        'annotations/person_keypoints_train2017.json',
        'predictions.json',
    ):
        assert name in names
    assert found.count('\n') == 1 and 'prompted chair' in found


def test_an_empty_prompt_is_told(recipe):
    with pytest.raises(UserError, match='no sentence'):
        app.label(' ', '', 1, 0, decoders=recipe, device='cpu')


def test_the_page_is_built_and_fetches_nothing(recipe):
    pytest.importorskip('gradio')
    page = app.build_page(decoders=recipe, device='cpu')
    assert [component for component in page.blocks.values() if getattr(component, 'elem_id', None) == 'generate']
    assert page.analytics_enabled is False


def test_wrong_decoders_end_with_one_line(capsys):
    pytest.importorskip('gradio')
    assert app.main(['--decoders', 'nowhere.py']) == 2
    assert capsys.readouterr().err == 'error: there is no recipe nowhere.py\n'
