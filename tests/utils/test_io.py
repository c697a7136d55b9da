"""Files whose place a person names: whole or not at all, and never over something else."""

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.io import write_new


def test_writes_once(tmp_path):
    path = tmp_path / 'a/b.txt'
    write_new(path, 'ä\n')
    write_new(path, 'ä\n')
    assert path.read_text(encoding='utf-8') == 'ä\n' and [*path.parent.iterdir()] == [path]
    with pytest.raises(UserError, match=r'--list .*b\.txt exists already: delete it'):
        write_new(path, 'other', option='--list')
    assert path.read_text(encoding='utf-8') == 'ä\n'


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(UserError, match='is a folder; give a file'):
        write_new(tmp_path, 'x')
    with pytest.raises(UserError, match='cannot be written'):
        write_new(tmp_path / 'file/b.txt', 'x')
    with pytest.raises(UserError, match='cannot be written'):
        write_new(tmp_path / ('n' * 300), 'x')
    with pytest.raises(UserError, match='cannot be written'):
        write_new(tmp_path / 'file/deeper/b.txt', 'x')
