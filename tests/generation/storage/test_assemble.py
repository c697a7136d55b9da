"""The papers of a data set: what filters select, what they drop, and what is said when nothing is left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from mmdatasetdm.datasets import SyntheticDataset
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import NothingToTrainOn, generate
from mmdatasetdm.visualization import write_report
from tests.generation.conftest import CLASSES, write_decoder
from tools.generate import main, print_summary


def read(out: Path) -> dict:
    return json.loads((out / 'dataset.json').read_text())


def manifest(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / 'manifest.jsonl').read_text().splitlines()]


def test_filters_select_and_explain(tmp_path, make_recipe, whole):
    out = tmp_path / 'out'
    generate(make_recipe(), out, num=10)
    values = sorted(line['scores']['semantic']['confidence'] for line in manifest(out))
    limit = (values[3] + values[4]) / 2
    stamps = [path.stat().st_mtime_ns for path in sorted((out / 'shards').iterdir())]
    dataset = generate(make_recipe(dict(filters=[dict(type='MeanConfidence', at_least=limit)])), out, num=10)
    assert [path.stat().st_mtime_ns for path in sorted((out / 'shards').iterdir())] == stamps, (
        'filters need no new sampling'
    )
    assert dataset.selected == 6 and dataset.filters[0]['dropped'] == 4
    lines = manifest(out)
    kept = (out / 'ImageSets/Segmentation/train.txt').read_text().split()
    assert kept == [line['name'] for line in lines if line['selected']]
    assert all(line['dropped'].startswith('MeanConfidence: below 0.') for line in lines if not line['selected'])
    assert len((out / 'ImageSets/Segmentation/all.txt').read_text().split()) == 10


def test_filters_that_drop_everything_leave_a_whole_data_set(tmp_path, make_recipe):
    out = tmp_path / 'out'
    with pytest.raises(NothingToTrainOn, match=r'no sample is left: all 4 were dropped .MeanConfidence 4'):
        generate(make_recipe(dict(filters=[dict(type='MeanConfidence', at_least=1.0)])), out, num=4)
    done = read(out)
    assert (done['selected'], done['ignored_fraction'], done['mean_confidence']) == (0, None, None)
    assert done['warnings'][0].startswith('no sample is left: all 4 were dropped')
    assert (out / 'ImageSets/Segmentation/train.txt').read_text() == ''
    assert len((out / 'ImageSets/Segmentation/all.txt').read_text().split()) == 4 == len(manifest(out))
    text = write_report(out, out / 'report').read_text()
    assert 'no sample is left' in text and len(list((out / 'report/img').iterdir())) == 4
    with pytest.raises(UserError, match='is empty: the generated data set has no samples'):
        SyntheticDataset(dataset=dict(type='mmseg.PascalVOCDataset', pipeline=[]), root=str(out))
    assert generate(make_recipe(), out, num=4).selected == 4, 'looser filters need no new sampling'
    assert write_report(out, out / 'report').is_file()


def test_nothing_but_ignored_pixels(tmp_path, make_recipe):
    with pytest.raises(NothingToTrainOn, match=r'every pixel .* is ignored: .*its mean confidence is 0\.'):
        generate(make_recipe({'decoders.semantic.ignore.score': 1.0}), tmp_path / 'out', num=2)
    assert 'every pixel of every sample is ignored' in write_report(tmp_path / 'out', tmp_path / 'page').read_text()


def test_the_tool_shows_what_was_dropped(tmp_path, recipe_file, capsys):
    """The page is made without asking when it is needed most; a second call makes it again."""
    recipe, out = tmp_path / 'strict.py', tmp_path / 'out'
    recipe.write_text(f"_base_ = {str(recipe_file)!r}\nfilters = [dict(type='MeanConfidence', at_least=1.0)]")
    for _ in range(2):
        assert main([str(recipe), '--num', '2', '--out', str(out), '--device', 'cpu']) == 2
        error = capsys.readouterr().err.splitlines()[-1]
        assert error.startswith('error: no sample is left: all 2 were dropped')
        assert error.endswith(f'look at them: {out}/report/index.html')
        text = (out / 'report/index.html').read_text()
        assert 'Warning: no sample is left' in text and 'below 1.0 (2)' in text


def test_prompted_and_not_found_is_a_warning(tmp_path, make_recipe, toy_generator_folder, capsys):
    """Everything is background: a class is prompted in each sample, and each is selected."""
    config, checkpoint = write_decoder(tmp_path, toy_generator_folder)
    trained = torch.load(checkpoint)
    trained['state_dict']['decode_head.decoder.classifier.bias'][0] += 1000
    torch.save(trained, checkpoint)
    recipe = make_recipe({'decoders.semantic.config': str(config), 'decoders.semantic.checkpoint': str(checkpoint)})
    done = generate(recipe, tmp_path / 'out', num=8)
    assert done.selected == 8
    (warning,) = done.warnings
    assert warning.startswith('4 of 4 prompted classes are not in the labels of any of the 8 selected samples: ')
    assert all(name in warning for name in CLASSES[1:])
    assert warning in write_report(tmp_path / 'out', tmp_path / 'page').read_text()
    print_summary(done, 'out', 1.0)
    assert capsys.readouterr().out.splitlines()[-2] == f'warning: {warning}'
