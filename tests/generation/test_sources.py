"""Folders that are labelled anew: what was changed in them is noticed, and nothing outside of them is read."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate
from mmdatasetdm.utils.checksum import digest


@pytest.fixture
def changed(tmp_path, whole) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(whole, tmp_path / 'changed'))


def edit(path: Path, change) -> None:
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def relabel_message(make_recipe, folder: Path) -> str:
    """The line about ``folder``; what was written into the new folder is of the old one or of nobody."""
    out = folder.parent / 'out'
    with pytest.raises(UserError) as error:
        generate(make_recipe(), out, relabel=folder)
    assert '\n' not in str(error.value)
    assert not list(out.glob('dataset.json')), 'no data set was finished'
    return str(error.value)


def test_a_changed_image(make_recipe, changed):
    path = changed / 'JPEGImages/00000005.png'
    path.write_bytes(path.read_bytes()[:-1] + b'!')
    assert '00000005.png was changed or damaged: its checksum' in relabel_message(make_recipe, changed)


def test_a_missing_image(make_recipe, changed):
    (changed / 'JPEGImages/00000005.png').unlink()
    assert '00000005.png is missing; make that data set whole' in relabel_message(make_recipe, changed)


def test_changed_latents(make_recipe, changed):
    path = changed / 'latents/00001.npz'
    path.write_bytes(path.read_bytes()[:-1] + b'!')
    assert '00001.npz was changed or damaged' in relabel_message(make_recipe, changed)
    path.unlink()
    assert '00001.npz is missing' in relabel_message(make_recipe, changed)


@pytest.mark.parametrize('damage', ['', '{', '[]', '{"first": 0}'])
def test_a_damaged_marker(make_recipe, changed, damage):
    (changed / 'shards/00001.json').write_text(damage)
    assert 'shards/00001.json' in relabel_message(make_recipe, changed)


def test_a_marker_of_other_samples(make_recipe, changed):
    edit(changed / 'shards/00001.json', lambda marker: marker['samples'].reverse())
    assert 'shards/00001.json does not hold samples 4 to' in relabel_message(make_recipe, changed)


@pytest.mark.parametrize('damage', ['', '{', '[]', '{"num": "many"}'])
def test_a_damaged_description(make_recipe, changed, damage):
    (changed / 'dataset.json').write_text(damage)
    assert 'dataset.json' in relabel_message(make_recipe, changed)


def test_a_description_that_was_changed_by_hand(make_recipe, changed):
    edit(changed / 'dataset.json', lambda dataset: dataset['recipe'].update(seed=99))
    assert 'dataset.json was changed by hand' in relabel_message(make_recipe, changed)


@pytest.mark.parametrize('through', ['absolute', 'up', 'a link', 'a linked folder'])
def test_files_outside_of_the_folder(make_recipe, changed, through):
    """A file of the person, which the marker lists with its right checksum."""
    secret = changed.parent / 'secret.png'
    secret.write_bytes((changed / 'JPEGImages/00000001.png').read_bytes())
    name = {'absolute': str(secret), 'up': '../secret.png', 'a linked folder': 'away/secret.png'}.get(through, 'in.png')
    if through == 'a link':
        (changed / 'in.png').symlink_to(secret)
    (changed / 'away').symlink_to(changed.parent)

    def aim(marker):
        sample = marker['samples'][1]
        marker['files'][name] = marker['files'].pop(sample['files']['image'])
        sample['files']['image'] = name

    edit(changed / 'shards/00000.json', aim)
    assert 'leads out of that folder' in relabel_message(make_recipe, changed)
    linked = [path for path in (changed.parent / 'out').rglob('*') if path.is_file() and path.samefile(secret)]
    assert not linked


def test_latents_are_no_pickle(make_recipe, changed):
    """numpy would run code from an array of objects; it is told not to."""
    path = changed / 'latents/00000.npz'
    np.savez(path, latents=np.array([dict()], dtype=object))
    import hashlib

    facts = dict(size=path.stat().st_size, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    edit(changed / 'shards/00000.json', lambda marker: marker['files'].update({'latents/00000.npz': facts}))
    assert 'does not hold latents' in relabel_message(make_recipe, changed)


def test_an_ending_that_is_no_ending(make_recipe, changed):
    edit(changed / 'dataset.json', lambda dataset: dataset.update(img_suffix='.png/../../x'))
    assert 'dataset.json: img_suffix' in relabel_message(make_recipe, changed)


def test_the_fingerprint_is_the_recipes(whole):
    dataset = json.loads((whole / 'dataset.json').read_text())
    assert digest(dataset['recipe']) == dataset['fingerprint']
