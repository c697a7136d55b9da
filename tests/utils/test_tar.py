"""Paths that go through tar files."""

import io
import tarfile

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.io import read_image
from mmdatasetdm.utils.tar import is_file, members, read_bytes, split_path


def write(path, **files: bytes) -> None:
    with tarfile.open(path, 'w') as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


@pytest.mark.parametrize(
    ('path', 'parts'),
    [
        ('a/00000.tar/b.png', ('a/00000.tar', 'b.png')),
        ('a/00000.tar', None),
        ('a.tar/', None),
        ('a/b.png', None),
        ('a.tarred/b.png', None),
    ],
)
def test_split(path, parts):
    assert split_path(path) == parts


def test_members_are_read_where_they_are(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(np.full((2, 3, 3), 7, np.uint8)).save(buffer, 'PNG')
    write(tmp_path / 'x.tar', **{'a.png': buffer.getvalue(), 'b.txt': b'text'})
    assert members(tmp_path / 'x.tar') == ['a.png', 'b.txt'] and read_bytes(tmp_path / 'x.tar/b.txt') == b'text'
    assert (read_image(tmp_path / 'x.tar/a.png') == 7).all()
    assert is_file(tmp_path / 'x.tar/a.png') and is_file(tmp_path / 'x.tar')
    assert not is_file(tmp_path / 'x.tar/c.png') and not is_file(tmp_path / 'y.tar/a.png')
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / 'x.tar/c.png')
    write(tmp_path / 'x.tar', **{'c.png': b'another archive of this name'})
    assert read_bytes(tmp_path / 'x.tar/c.png') == b'another archive of this name'


def test_damaged(tmp_path):
    (tmp_path / 'x.tar').write_bytes(b'nothing of the kind' * 40)
    with pytest.raises(UserError, match='is no tar file, or damaged'):
        read_bytes(tmp_path / 'x.tar/a.png')
