"""recipe.json: whose folder it is."""

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.storage.identity import bind, check_out, differences, read_recipe


def test_a_folder_belongs_to_one_recipe(tmp_path):
    bind(tmp_path, dict(seed=1, sampler=dict(steps=2)), begun=False)
    assert read_recipe(tmp_path)['identity'] == dict(seed=1, sampler=dict(steps=2))
    bind(tmp_path, dict(seed=1, sampler=dict(steps=2)), begun=True)
    with pytest.raises(UserError, match=r'holds a data set of another recipe .sampler\.steps 2 -> 3; seed 1 -> 2.'):
        bind(tmp_path, dict(seed=2, sampler=dict(steps=3)), begun=True)
    bind(tmp_path, dict(seed=2), begun=False)  # nothing was made of the first
    assert read_recipe(tmp_path)['identity'] == dict(seed=2)


def test_a_recipe_that_was_edited_is_told(tmp_path):
    bind(tmp_path, dict(seed=1), begun=False)
    path = tmp_path / 'recipe.json'
    path.write_text(path.read_text().replace('"seed": 1', '"seed": 2'))
    with pytest.raises(UserError, match='was changed by hand'):
        check_out(tmp_path)


def test_differences_are_leaves():
    old, new = dict(a=dict(b=1, c=2), d=3), dict(a=dict(b=1, c=4), e='x' * 60)
    assert list(differences(old, new)) == ['a.c 2 -> 4', 'd 3 -> null', f'e null -> "{"x" * 36}...']
