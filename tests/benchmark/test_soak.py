"""What a look at a folder finds; kills themselves are in tests/tools/test_benchmark.py."""

from __future__ import annotations

import shutil

import pytest

from mmdatasetdm.benchmark.soak import different, faults_of, soak
from mmdatasetdm.errors import UserError


def test_faults_that_a_reader_would_see(tmp_path, whole, make_recipe):
    assert not list(faults_of(whole)) and not different(whole, whole)
    out = tmp_path / 'soaked'
    shutil.copytree(whole, out)
    (out / 'JPEGImages/00000001.png').unlink()
    (out / 'SegmentationClass/00000005.png').write_bytes(b'half')
    first, second = sorted(faults_of(out))
    assert first.startswith('00000.json: ') and first.endswith('is missing')
    assert second.startswith('00001.json: SegmentationClass/00000005.png was changed')
    assert different(out, whole) == {'JPEGImages/00000001.png', 'SegmentationClass/00000005.png'}
    with pytest.raises(UserError, match='soaked is there already'):
        soak(make_recipe(), tmp_path, num=1, kills=1)
