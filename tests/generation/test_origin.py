"""Which samples of a folder can be annotated anew."""

from __future__ import annotations

import json
import shutil

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate
from mmdatasetdm.generation.origin import Origin
from tests.generation.conftest import contents, manifest


@pytest.fixture
def unfinished(tmp_path, whole):
    """The data set of 10 samples as a kill leaves it: shard 1 and all that describes the whole are missing."""
    root = tmp_path / 'unfinished'
    shutil.copytree(whole, root)
    for name in ('dataset.json', 'manifest.jsonl', 'shards/00001.json'):
        (root / name).unlink()
    return root


def test_an_unfinished_folder_has_the_same_samples(whole, unfinished):
    finished, part = Origin.open(whole), Origin.open(unfinished)
    assert (finished.num, part.num, finished.finished, part.finished) == (10, 4, True, False)
    assert (part.sampled, part.fingerprint, part.suffix) == (finished.sampled, finished.fingerprint, '.png')
    assert set(part.prompted) <= set(finished.prompted)


def test_relabelling_an_unfinished_folder(tmp_path, make_recipe, whole, unfinished):
    said = []
    dataset = generate(make_recipe(), tmp_path / 'out', relabel=unfinished, log=said.append)
    assert dataset.num == 4 and any('is not finished: its first 4 samples' in line for line in said)
    with pytest.raises(UserError, match='has 4 samples yet'):
        generate(make_recipe(), tmp_path / 'out', relabel=unfinished, num=5)
    shutil.copy(whole / 'shards/00001.json', unfinished / 'shards')
    generate(make_recipe(), tmp_path / 'out', relabel=unfinished)  # it has grown: so does this one
    assert len(manifest(tmp_path / 'out')) == 10
    assert contents(tmp_path / 'out', but=('recipe.json',)) == contents(whole, but=('recipe.json',))


def test_folders_that_have_no_samples(tmp_path, unfinished):
    with pytest.raises(UserError, match=r'--relabel .* has no dataset\.json: it is not a generated data set'):
        Origin.open(tmp_path)
    for marker in unfinished.glob('shards/*.json'):
        marker.unlink()
    with pytest.raises(UserError, match='there is no shard with an image yet'):
        Origin.open(unfinished)
    recipe = json.loads((unfinished / 'recipe.json').read_text())
    recipe['identity']['seed'] = 5
    (unfinished / 'recipe.json').write_text(json.dumps(recipe))
    with pytest.raises(UserError, match='changed by hand'):
        Origin.open(unfinished)
