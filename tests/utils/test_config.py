"""Configs that cannot be read get one line; YAML, which constructs any Python object, is not read at all."""

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.config import read_config


@pytest.mark.parametrize(
    ('name', 'text', 'message'),
    [
        ('a.py', 'generator = (', r"SyntaxError: There are syntax errors in config file .*: '\(' was never closed"),
        ('a.py', 'x = 1\n\ny = nothing', r"NameError: name 'nothing' is not defined \(line 3\)"),
        ('a.py', 'x = 1 / 0', r'ZeroDivisionError: division by zero \(line 1\)'),
        ('a.py', "_base_ = 'absent.py'", r'absent\.py'),
        ('a.py', "_base_ = './a.py'", 'RecursionError'),
        ('a.py', 'raise RuntimeError("a\\nb")', r'RuntimeError: a b \(line 1\)'),
        ('a.json', '{"generator": ', 'JSONDecodeError: Expecting value'),
        ('a.json', '[1]', ''),
        ('a.txt', 'generator', 'txt'),
        ('a.py', b'\xff\xfe\0\1', ''),
    ],
)
def test_one_line(tmp_path, name, text, message):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UserError, match=f'^recipe {path} cannot be read: .*{message}') as error:
        read_config(path, what='recipe')
    assert '\n' not in str(error.value)


@pytest.mark.parametrize(
    'options', [{'sampler.steps.x': 3}, {'filters.7.type': 'x'}, {'filters': {'a': 1}, 'sampler.steps.y': 1}]
)
def test_options_that_do_not_fit(tmp_path, options):
    (tmp_path / 'a.py').write_text("sampler = dict(steps=3)\nfilters = [dict(type='x')]")
    with pytest.raises(UserError, match=r'^--cfg-options do not fit recipe .*a\.py: '):
        read_config(tmp_path / 'a.py', what='recipe', options=options)


@pytest.mark.parametrize('through', ['itself', 'a Python base', 'a JSON base', 'a base of a base'])
def test_yaml_constructs_nothing(tmp_path, through):
    harmless = tmp_path / 'written'
    (tmp_path / 'evil.yaml').write_text(
        f'generator: !!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ["{harmless}"]]\n'
    )
    path = tmp_path / {'itself': 'evil.yaml', 'a JSON base': 'a.json'}.get(through, 'a.py')
    if through == 'a Python base':
        path.write_text("_base_ = ['./evil.yaml']")
    if through == 'a JSON base':
        path.write_text('{"_base_": "./evil.yaml"}')
    if through == 'a base of a base':
        (tmp_path / 'b.py').write_text("_base_ = './evil.yaml'")
        path.write_text("_base_ = './b.py'")
    with pytest.raises(UserError, match=r'evil.yaml is YAML; write it as a Python config'):
        read_config(path, what='recipe')
    assert not harmless.exists()
