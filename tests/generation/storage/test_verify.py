"""--verify: every kind of damage is found and named, and a whole data set has none."""

from __future__ import annotations

import json
import shutil

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate
from mmdatasetdm.generation.storage.verify import verify
from tests.generation.conftest import contents
from tools.generate import main


@pytest.fixture
def out(tmp_path, whole):
    shutil.copytree(whole, tmp_path / 'out')
    return tmp_path / 'out'


def flip(path) -> None:
    """Another byte, the same size."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def change(path, **values) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def shorten(path) -> None:
    path.write_text(''.join(path.read_text().splitlines(keepends=True)[:-1]))


def lead_out(path) -> None:
    marker = json.loads(path.read_text())
    marker['files']['../../../etc/passwd'] = dict(size=1, sha256='')
    path.write_text(json.dumps(marker))


@pytest.mark.parametrize(
    'name, damage, words',
    [
        (
            'JPEGImages/00000003.png',
            flip,
            ['JPEGImages/00000003.png was changed: its checksum is not the one that shards'],
        ),
        ('SegmentationClass/00000009.png', lambda path: path.unlink(), ['SegmentationClass/00000009.png is missing']),
        ('latents/00000.npz', lambda path: path.write_bytes(b'x'), ['latents/00000.npz has 1 bytes, not the']),
        (
            'shards/00002.json',
            lambda path: path.unlink(),
            ['shards/00002.json is missing: samples 8 to 9 are not made'],
        ),
        ('shards/00002.json', lambda path: path.write_text('{'), ['shards/00002.json is not JSON']),
        ('shards/00001.json', lambda path: change(path, samples=[]), ['00001.json does not hold samples 4 to 7']),
        ('shards/00001.json', lambda path: change(path, files={}), ['does not list JPEGImages/00000004.png'] * 8),
        ('shards/00000.json', lead_out, ["the file name '../../../etc/passwd' leads out of that folder"]),
        ('manifest.jsonl', shorten, ['manifest.jsonl has', 'the manifest has 9 samples, and dataset.json says 10']),
        ('ImageSets/Segmentation/train.txt', shorten, ['train.txt has', 'train.txt names 9 samples; 10 belong there']),
        ('dataset.json', lambda path: change(path, selected=3), ['10 selected samples, and dataset.json says 3']),
        (
            'dataset.json',
            lambda path: change(path, num=14),
            ['00003.json is missing', '00002.json does not', 'says 14'],
        ),
        ('dataset.json', lambda path: path.write_text('[]'), ['dataset.json']),
        ('dataset.json', lambda path: path.unlink(), ['dataset.json is missing: the making is not finished (3 shards']),
        ('dataset.json', lambda path: change(path, fingerprint='0'), ['dataset.json is of another recipe']),
    ],
)
def test_damage_is_found_and_mended(out, whole, make_recipe, name, damage, words):
    damage(out / name)
    found = list(verify(out))
    for word in words:
        assert any(word in line for line in found), found
    assert all('\n' not in line for line in found)
    generate(make_recipe(), out, num=10, checksums=True)
    assert not list(verify(out)) and contents(out) == contents(whole)


def test_the_tool(out, tmp_path, capsys):
    assert main(['--verify', '--out', str(out)]) == 0
    assert capsys.readouterr().out == f'{out} is whole: every checksum and count is right\n'
    for path in (out / 'JPEGImages').iterdir():
        flip(path)
    shutil.rmtree(out / 'SegmentationClass')
    shutil.rmtree(out / 'latents')
    before = contents(out)
    assert main(['--verify', '--out', str(out)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 21 and lines[-1].startswith('23 faults (3 more); tools/generate.py RECIPE --out')
    assert contents(out) == before, 'nothing is changed'
    assert main(['--verify', '--out', str(tmp_path / 'nothing')]) == 2
    assert 'is not a generated data set' in capsys.readouterr().err
    with pytest.raises(UserError, match=r'no recipe\.json'):
        list(verify(tmp_path))
