"""mmengine's functions for files, on members of tar files."""

import io
import tarfile

import mmcv
import numpy as np
import pytest
from mmengine import fileio
from PIL import Image

from mmdatasetdm.datasets.tar_backend import in_tar


@pytest.fixture
def folder(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(np.full((2, 3, 3), 7, np.uint8)).save(buffer, 'PNG')
    with tarfile.open(tmp_path / '00000.tar', 'w') as tar:
        for name, data in {'a.png': buffer.getvalue(), 'a.semantic.png': b'-', 'a.json': b'{"id": 1}'}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    (tmp_path / 'list.txt').write_text('one\ntwo\n')
    return tmp_path


def test_files_and_members(folder):
    path = in_tar(folder / '00000.tar/a.png')
    assert path.startswith('tar:///') and fileio.exists(path) and fileio.isfile(path)
    assert not fileio.exists(in_tar(folder / '00000.tar/b.png'))
    assert (mmcv.imfrombytes(fileio.get(path)) == 7).all()
    assert fileio.load(in_tar(folder / '00000.tar/a.json')) == dict(id=1)
    assert fileio.list_from_file(in_tar(folder / 'list.txt')) == ['one', 'two']
    with fileio.get_local_path(in_tar(folder / 'list.txt')) as local:
        assert local == str(folder / 'list.txt')


def test_a_suffix_is_all_behind_the_first_dot(folder):
    def names(suffix):
        return list(fileio.list_dir_or_file(in_tar(folder), list_dir=False, suffix=suffix, recursive=True))

    assert names('.png') == ['00000.tar/a.png'] and names('.semantic.png') == ['00000.tar/a.semantic.png']
    assert len(names(None)) == 3 and names(('.json', '.png')) == ['00000.tar/a.png', '00000.tar/a.json']
