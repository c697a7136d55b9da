from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from PIL import Image

from mmdatasetdm.datasets.few_shot import FewShotDataset, largest_class, pick_per_class, spread
from mmdatasetdm.errors import UserError

CLASSES = ('background', 'red', 'green', 'blue')


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    """24 images; image i is mostly class 1 + i % 3."""
    monkeypatch.chdir(tmp_path)
    init_default_scope('mmseg')
    root = tmp_path / 'data'
    for folder in ('images', 'masks'):
        (root / folder).mkdir(parents=True)
    names = [f'{index:03}' for index in range(24)]
    for index, name in enumerate(names):
        mask = np.zeros((8, 8), np.uint8)
        mask[:3], mask[3], mask[4] = 1 + index % 3, 1 + (index + 1) % 3, 255
        Image.fromarray(mask).save(root / 'masks' / f'{name}.png')
        Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(root / 'images' / f'{name}.jpg')
    (root / 'train.txt').write_text('\n'.join(names))
    return root


def make(root: Path, **changes) -> FewShotDataset:
    dataset = {
        'type': 'BaseSegDataset',
        'data_root': str(root),
        'ann_file': 'train.txt',
        'data_prefix': {'img_path': 'images', 'seg_map_path': 'masks'},
        'metainfo': {'classes': CLASSES},
        'pipeline': [],
    }
    return FewShotDataset(**{'dataset': dataset, **changes})


def names(dataset: FewShotDataset) -> list[str]:
    return [Path(dataset.get_data_info(index)['img_path']).stem for index in range(len(dataset))]


def test_spread_is_even():
    assert spread(367, 100)[:3] == [0, 3, 7]
    assert len(set(spread(367, 100))) == 100 and max(spread(367, 100)) == 363


def test_all_of_the_list_without_a_number(root):
    assert len(make(root)) == 24


def test_so_many_of_each_class_by_their_largest(root):
    dataset = make(root, per_class=4)
    assert sorted(int(name) % 3 for name in names(dataset)) == [0] * 4 + [1] * 4 + [2] * 4
    assert dataset.metainfo['classes'] == CLASSES
    assert dataset[0]['img_path'].endswith(f'{names(dataset)[0]}.jpg')


def test_the_choice_is_kept_and_larger_ones_contain_it(root):
    few = names(make(root, per_class=2))
    (kept,) = Path('work_dirs/few_shot').iterdir()
    assert kept.read_text().split() == few
    for mask in (root / 'masks').iterdir():
        mask.write_bytes(b'')  # no longer read
    assert names(make(root, per_class=2)) == few


def test_larger_choices_contain_smaller_ones(root):
    assert set(names(make(root, per_class=2))) < set(names(make(root, per_class=3)))


def test_the_order_of_the_list_does_not_matter():
    largest = {f'{index}': 1 + index % 2 for index in range(20)}
    given = {'classes': [1, 2], 'per_class': 3}
    assert pick_per_class(list(largest), largest.get, **given) == pick_per_class(
        list(largest)[::-1], largest.get, **given
    )


def test_largest_class():
    mask = np.array([[0, 0, 0, 255, 255, 255], [2, 2, 1, 0, 0, 255]])
    assert largest_class(mask, background=0) == 2
    assert largest_class(mask, background=None) == 0
    assert largest_class(np.zeros((2, 2), int), background=0) is None


def test_mistakes_are_named(root):
    with pytest.raises(UserError, match='class 1 has 8 images in the list, fewer than per_class=9'):
        make(root, per_class=9)
    with pytest.raises(UserError, match='num is 25, but the list has 24 images'):
        make(root, num=25)
    with pytest.raises(UserError, match='give one of per_class, num and images'):
        make(root, num=2, per_class=2)
    with pytest.raises(UserError, match=r'nowhere/images does not exist. Download it from there'):
        make(root / 'nowhere', download='Download it from there')


def test_a_list_chooses_from_a_folder(root):
    depth = {
        'type': 'NYUDataset',
        'data_root': str(root),
        'data_prefix': {'img_path': 'images', 'depth_map_path': 'masks'},
        'pipeline': [],
    }
    (root / 'few.txt').write_text('005\n003\n')
    assert names(FewShotDataset(dataset=depth, listed='few.txt')) == ['005', '003']
    assert names(FewShotDataset(dataset=depth, listed='few.txt', num=1)) == ['005']
    (root / 'few.txt').write_text('005\n999\n')
    with pytest.raises(UserError, match='1 of 2 images are not in the data set, as 999'):
        FewShotDataset(dataset=depth, listed='few.txt')
    with pytest.raises(UserError, match=r'nothing\.txt does not exist'):
        FewShotDataset(dataset=depth, listed='nothing.txt')
