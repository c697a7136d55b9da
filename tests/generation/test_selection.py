"""Samples chosen anew, in a folder and in a config of a data set: nothing is sampled, labelled or deleted."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from mmdatasetdm.datasets import SyntheticDataset
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.dataset_info import DatasetInfo, read_dataset
from mmdatasetdm.generation.image_scores import ImageScorer, score
from mmdatasetdm.generation.selection import count, parse_where, select
from mmdatasetdm.generation.storage.manifest import read_manifest
from tests.generation.conftest import CLASSES, contents
from tools.select_samples import main

STOCK = dict(type='mmseg.BaseSegDataset', metainfo=dict(classes=CLASSES), pipeline=[])


@pytest.fixture
def folder(in_folders, tmp_path) -> Path:
    return shutil.copytree(in_folders, tmp_path / 'copy', copy_function=os.link)


@pytest.fixture(scope='module')
def limit(in_folders) -> float:
    """Four of the ten samples are surer than this."""
    values = sorted(line.scores.semantic.confidence for line in read_manifest(in_folders))
    return (values[5] + values[6]) / 2


def listed(root: Path) -> list[str]:
    return (root / 'ImageSets/Segmentation/train.txt').read_text().split()


def test_select_and_take_back(folder, in_folders, limit, capsys):
    before, info = contents(folder), read_dataset(folder, DatasetInfo)
    assert main([str(folder), '--where', f'semantic.confidence>={limit}']) == 0
    said = capsys.readouterr().out
    assert '4 of 10 samples are listed for training' in said and 'Threshold dropped 6' in said
    sure = [line.name for line in read_manifest(in_folders) if line.scores.semantic.confidence >= limit]
    assert listed(folder) == sure
    images = json.loads((folder / 'Annotations/instances_train.json').read_text())['images']
    assert [f'{image["id"] - 1:08d}' for image in images] == sure
    dropped = [line.dropped for line in read_manifest(folder) if not line.selected]
    assert len(dropped) == 6 and dropped[0].startswith('Threshold: semantic.confidence below 0.')
    assert main([str(folder), '--best', '0.5', '--by', 'semantic.confidence', '--keep']) == 0
    assert [rule['type'] for rule in read_dataset(folder, DatasetInfo).filters] == ['Threshold', 'BestShare']
    assert set(listed(folder)) <= set(sure)  # how many are the best of a class depends on which classes there are
    assert main([str(folder), '--all']) == 0
    assert contents(folder) == before and read_dataset(folder, DatasetInfo) == info


def test_tar_shards_and_a_dry_run(in_tars, tmp_path, limit, capsys):
    root = shutil.copytree(in_tars, tmp_path / 'copy', copy_function=os.link)
    before = contents_of_tars(root)
    assert main([str(root), '--where', f'semantic.confidence>={limit}', '--dry-run']) == 0
    assert capsys.readouterr().out == '4 of 10 samples would be listed for training\n'
    assert contents_of_tars(root) == before
    select(root, parse_where([f'semantic.confidence >= {limit}']))
    assert [line.selected for line in read_manifest(root)].count(True) == 4 == len(listed(root))


def contents_of_tars(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob('*') if path.is_file() and path.name != '.lock'}


@pytest.mark.parametrize('layout', ['in_folders', 'in_tars'])
def test_a_config_chooses(layout, request, limit):
    root = request.getfixturevalue(layout)
    rules = [dict(type='Threshold', score='semantic.confidence', at_least=limit)]
    sure = [line for line in read_manifest(root) if line.scores.semantic.confidence >= limit]
    masks = SyntheticDataset(dataset=STOCK, root=str(root), filters=rules)
    assert [Path(masks.get_data_info(index)['img_path']).name for index in range(len(masks))] == [
        f'{line.name}.png' for line in sure
    ]
    objects = SyntheticDataset(
        dataset=dict(type='mmdet.CocoDataset', metainfo=dict(classes=CLASSES[1:]), pipeline=[]),
        root=str(root),
        filters=rules,
        num=3,
    )
    assert [objects.get_data_info(index)['img_id'] - 1 for index in range(3)] == [line.id for line in sure[:3]]
    people = SyntheticDataset(dataset=dict(type='mmpose.CocoDataset', pipeline=[]), root=str(root), filters=rules)
    ids = {people.get_data_info(index)['img_id'] - 1 for index in range(len(people))}
    assert ids <= {line.id for line in sure}
    assert len(SyntheticDataset(dataset=STOCK, root=str(root), filters=[])) == 10
    rules[0]['at_least'] = 1.0
    with pytest.raises(UserError, match='the filters of the data set config leave no sample'):
        SyntheticDataset(dataset=STOCK, root=str(root), filters=rules)


def test_near_duplicates_and_similarity_to_labelled_images(folder, in_folders):
    pytest.importorskip('imagehash', reason='imagehash is not installed')
    image = in_folders / 'JPEGImages/00000004.png'
    shutil.copyfile(image, folder / 'same.png')  # sample 4 was among the labelled images
    assert score(folder, ImageScorer(labelled=[folder / 'same.png']), log=lambda line: None) == 10
    info = select(folder, [dict(type='Threshold', score='image.labelled', at_most=0.99)])
    assert info.selected <= 9 and '00000004' not in listed(folder)
    line = next(line for line in read_manifest(folder) if line.id == 4)
    assert line.scores.image.labelled == 1.0 and not line.selected
    few = select(folder, [dict(type='NearDuplicates', max_distance=15)]).selected
    assert few <= select(folder, [dict(type='NearDuplicates', max_distance=0)]).selected <= 10


@pytest.mark.parametrize('text', ['semantic.confidence', 'semantic.confidence=0.8', '>=0.8', 'a.b>=high', 'a.b>=1-2'])
def test_no_condition(text):
    with pytest.raises(UserError, match='is no condition; give a score, >= or <=, and a number'):
        parse_where([text])


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        ([], 'give filters (--where, --filters, --best, --balance, --no-duplicates), or --all'),
        (['--all', '--balance', '2'], 'give filters'),
        (['--best', '0.5'], '--best SHARE and --by SCORE belong together'),
        (['--where', 'semantic.confidens>=0.5'], 'filters[0].score is'),
        (['--balance', '0.5'], 'filters[0].ratio is 0.5; it must be 1 or more'),
        (['--filters', 'configs/generate/no.py'], 'there is no recipe configs/generate/no.py'),
    ],
)
def test_mistakes_are_one_line(folder, capsys, arguments, words):
    before = contents(folder)
    assert main([str(folder), *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said and said.count('\n') == 1 and contents(folder) == before


def test_a_filter_of_other_labels(whole):
    with pytest.raises(UserError, match='filter InstanceCount needs instance labels; there are semantic'):
        count(whole, [dict(type='InstanceCount')])
