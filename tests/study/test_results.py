"""Results: what finished decoders and generated images left; a file of another version is refused."""

import json

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.study.results import Results, decoder_scores, generated_images


def test_only_what_is_finished_counts(tmp_path):
    folders = {name: tmp_path / name for name in ('first', 'second', 'unfinished')}
    for place, folder in enumerate(folders.values()):
        folder.mkdir()
        if place < 2:
            (folder / 'decoder.json').write_text(json.dumps(dict(scores=dict(AP=10.0 + place))))
    found = decoder_scores({(20, 0): [folders['first'], folders['second']], (20, 1): [folders['unfinished']]})
    assert found == [dict(labels=20, seed=0, scores=dict(AP=10.0)), dict(labels=20, seed=0, scores=dict(AP=11.0))]

    (folders['first'] / 'dataset.json').write_text(json.dumps(dict(samples=9, selected=4, failed=1)))
    found = generated_images({(20, 0): folders['first'], (20, 1): folders['unfinished']})
    assert found == [dict(labels=20, seed=0, samples=9, selected=4)]


def test_a_file_without_all_of_it_is_refused(tmp_path):
    path = tmp_path / 'semantic.json'
    path.write_text('{"metrics": []}')
    with pytest.raises(UserError, match=r'semantic.json is not a study.s results.json of today'):
        Results.load(path)
