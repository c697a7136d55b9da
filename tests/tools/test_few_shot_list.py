"""tools/few_shot_list.py on configs, on folders of label maps and on COCO files."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from PIL import Image

from mmdatasetdm.registry import DATASETS
from mmdatasetdm.toyroom.paths import TOYROOM_DATA
from tests.tools.dataset_converters.conftest import photograph, save
from tests.tools.dataset_converters.test_domains import voc
from tools.few_shot_list import main

ROOT = Path(__file__).parents[2]
VOC = str(ROOT / 'configs/datasetdm/voc_100shot.py')
OBJECTS = TOYROOM_DATA / 'Annotations/instances_train_50.json'
PEOPLE = TOYROOM_DATA / 'Annotations/person_keypoints_train_50.json'


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('MMDATASETDM_VOC', 'nowhere')


def names(capsys, *args: object) -> list[str]:
    capsys.readouterr()
    main([str(one) for one in args])
    return [line for line in capsys.readouterr().out.splitlines() if line and ' ' not in line]


def first_class(root: Path, name: str) -> int:
    """What the made-up image shows: its largest class."""
    counts = np.bincount(np.asarray(Image.open(root / f'SegmentationClass/{name}.png')).ravel(), minlength=256)
    return int(counts[1:255].argmax()) + 1


def test_the_paper_s_lists_of_voc(tmp_path, capsys):
    root = voc(tmp_path / 'VOC2012')
    lists = {}
    for count in (60, 100):
        main([VOC, '--data-root', str(root), '--per-class', str(count // 20), '--out', f'train_{count}.txt'])
        lists[count] = Path(f'train_{count}.txt').read_text().split()
    assert {count: len(set(found)) for count, found in lists.items()} == {60: 60, 100: 100}
    assert set(lists[60]) < set(lists[100])
    shown = [first_class(root, name) for name in lists[60]]
    assert all(shown.count(index) == 3 for index in range(1, 21))
    capsys.readouterr()
    main([VOC, '--data-root', str(root), '--per-class', '3', '--seed', '1', '--out', 'other.txt'])
    assert set(Path('other.txt').read_text().split()) != set(lists[60])
    seen = names(capsys, VOC, '--data-root', root, '--per-class', '2', '--only', 'aeroplane,bicycle, bird')
    assert len(seen) == 6 and {first_class(root, name) for name in seen} == {1, 2, 3}
    assert all(int(name[-6:]) % 7 for name in seen), 'those have a row of a person'


def test_a_config_of_all_images_takes_a_rule(capsys):
    config = ROOT / 'configs/datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py'
    found = names(capsys, config, '--cover', '4', '--min-fraction', '0.002')
    assert len(found) == 4
    shown = [np.unique(np.asarray(Image.open(TOYROOM_DATA / f'SegmentationClass/{name}.png'))) for name in found]
    assert len(set(np.concatenate(shown)) - {0, 255}) >= 10, 'nearly all of the 12 classes in four images'


def test_a_folder_of_label_maps(tmp_path, capsys):
    for index in range(12):
        photograph(tmp_path / f'images/{index}.png', (8, 8))
        save(tmp_path / f'masks/{index}.png', np.full((8, 8), 1 + index % 2, np.uint8))
    given = (tmp_path / 'images', '--labels', tmp_path / 'masks', '--classes', 'background,cat,dog')
    found = names(capsys, *given, '--per-class', '2')
    assert sorted(int(name) % 2 for name in found) == [0, 0, 1, 1]
    assert names(capsys, *given, '--num', '3') == ['0', '2', '6'], 'in the order of the names'


def test_a_coco_file_of_objects(capsys):
    content = json.loads(OBJECTS.read_text())
    classes = {one['id']: one['name'] for one in content['categories']}
    found = names(capsys, TOYROOM_DATA / 'JPEGImages', '--labels', OBJECTS, '--per-class', '1')
    assert len(found) == len(classes) == 12
    ids = {one['id'] for one in content['images'] if Path(one['file_name']).stem in found}
    shown = {classes[one['category_id']] for one in content['annotations'] if one['image_id'] in ids}
    assert shown == set(classes.values())


def test_real_objects_of_80_classes(capsys):
    """COCO's own file: ids with gaps, crowds, images of one class."""
    data = Path(os.environ.get('MMDATASETDM_TEST_DATA', ROOT / '../shared/data')) / 'coco_instances'
    if not data.is_dir():
        pytest.skip(f'no {data}: set MMDATASETDM_TEST_DATA')
    found = names(capsys, data / 'images', '--labels', data / 'annotations/instances_train.json', '--per-class', '1')
    content = json.loads((data / 'annotations/instances_train.json').read_text())
    ids = {one['id'] for one in content['images'] if Path(one['file_name']).stem in found}
    shown = {one['category_id'] for one in content['annotations'] if one['image_id'] in ids and not one['iscrowd']}
    assert len(found) == len(shown) == 80


def test_a_coco_file_of_people(capsys, tmp_path):
    found = names(capsys, TOYROOM_DATA / 'JPEGImages', '--labels', PEOPLE, '--images', '5')
    assert len(found) == 5
    large = names(capsys, TOYROOM_DATA / 'JPEGImages', '--labels', PEOPLE, '--images', '5', '--min-fraction', '0.05')
    content = json.loads(PEOPLE.read_text())
    at = {one['id']: Path(one['file_name']).stem for one in content['images']}
    area = dict.fromkeys(at.values(), 0.0)
    for one in content['annotations']:
        area[at[one['image_id']]] = max(area[at[one['image_id']]], one['area'])
    assert all(area[name] >= 0.05 * 128 * 128 for name in large)
    # the list gives all people of each image
    (tmp_path / 'few.txt').write_text('\n'.join(found))
    init_default_scope('mmpose')
    listed = dict(
        type='CocoDataset', data_mode='topdown', data_root='', ann_file=str(PEOPLE), pipeline=[],
        data_prefix=dict(img=str(TOYROOM_DATA / 'JPEGImages')),
    )  # fmt: skip
    few = DATASETS.build(dict(type='mmdatasetdm.FewShotDataset', dataset=listed, listed=str(tmp_path / 'few.txt')))
    every = DATASETS.build(dict(type='mmdatasetdm.FewShotDataset', dataset=listed, images=5))
    assert len(few) == len(every) >= 5
