"""Lists and folders of images: what a text editor or a camera adds must lose no image and make none up."""

from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from PIL import Image

from mmdatasetdm.datasets import FewShotDataset
from mmdatasetdm.datasets.lists import read_list, write_list
from mmdatasetdm.errors import UserError

SUFFIXES = ('.jpg', '.JPG', '.jpeg', '.png')


@pytest.fixture
def root(tmp_path) -> Path:
    """Four images, each of another suffix."""
    init_default_scope('mmseg')
    for folder in ('images', 'masks'):
        (tmp_path / folder).mkdir()
    for index, suffix in enumerate(SUFFIXES):
        kind = 'PNG' if suffix == '.png' else 'JPEG'
        Image.fromarray(np.full((8, 8, 3), index, np.uint8)).save(tmp_path / f'images/im {index}{suffix}', kind)
        Image.fromarray(np.eye(8, dtype=np.uint8)).save(tmp_path / f'masks/im {index}.png')
    return tmp_path


def make(root: Path, **changes) -> FewShotDataset:
    stock = {
        'type': 'BaseSegDataset',
        'data_root': str(root),
        'data_prefix': {'img_path': 'images', 'seg_map_path': 'masks'},
        'metainfo': {'classes': ('a', 'b')},
        'pipeline': [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')],
    }
    return FewShotDataset(dataset={**stock, **changes})


def files(dataset: FewShotDataset) -> list[str]:
    return [Path(dataset.get_data_info(index)['img_path']).name for index in range(len(dataset))]


EVERY = [f'im {index}{suffix}' for index, suffix in enumerate(SUFFIXES)]


def test_a_folder_of_several_suffixes_loses_no_image(root):
    dataset = make(root)
    assert files(dataset) == EVERY
    assert [item['gt_seg_map'].sum() for item in dataset] == [8] * 4


def test_a_folder_without_the_suffix_of_the_config(root):
    (root / 'images/im 0.jpg').unlink()
    assert files(make(root)) == EVERY[1:]


def test_neither_masks_nor_copies_are_taken_for_images(root):
    for path in (root / 'masks').iterdir():  # beside the images: im 0.png is no image but the mask of im 0.jpg
        if path.stem != 'im 3':
            path.rename(root / 'images' / path.name)
    Image.new('RGB', (8, 8)).save(root / 'images/icon.PNG')
    (root / 'masks/im 3.png').unlink()
    dataset = make(root, data_prefix={'img_path': 'images', 'seg_map_path': 'images'})
    assert files(dataset)[:3] == EVERY[:3] and 'icon.PNG' not in files(dataset)


def test_depth_of_several_suffixes(root):
    for index in range(4):
        Image.fromarray(np.full((8, 8), 1000 + index, np.uint16)).save(root / f'masks/im {index}.png')
    prefix = {'img_path': 'images', 'depth_map_path': 'masks'}
    stock = dict(type='NYUDataset', data_root=str(root), data_prefix=prefix, pipeline=[])
    assert files(FewShotDataset(dataset=stock)) == EVERY
    (root / 'few.txt').write_text('im 2\nim 1\n')
    assert files(FewShotDataset(dataset=stock, listed='few.txt')) == [EVERY[2], EVERY[1]]


@pytest.mark.parametrize('text', ['\ufeffim 0\r\nim 2\r\n', '\nim 0\n\n  \nim 2 \n\n', 'im 0\nim 2'])
def test_a_list_names_images_and_nothing_else(root, text):
    (root / 'train.txt').write_bytes(text.encode())
    dataset = make(root, ann_file='train.txt')
    assert files(dataset) == ['im 0.jpg', 'im 2.jpeg']
    assert [item['gt_seg_map'].sum() for item in dataset] == [8, 8]


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('\n\n', r'train\.txt: the list of images is empty'),
        ('', r'train\.txt: the list of images is empty'),
        ('im 0\nim 9\n', r'1 of 2 listed images are not there, as .*im 9\.jpg; a name is listed without \.jpg'),
        ('im 0.jpg\n', r'1 of 1 listed images are not there, as .*im 0\.jpg\.jpg'),
    ],
)
def test_a_wrong_list_is_one_line(root, text, words):
    (root / 'train.txt').write_text(text)
    with pytest.raises(UserError, match=words) as raised:
        make(root, ann_file='train.txt')
    assert '\n' not in str(raised.value)


def test_an_empty_folder_is_one_line(root):
    for path in (root / 'images').iterdir():
        path.unlink()
    with pytest.raises(UserError, match='images: the list of images is empty'):
        make(root)


def test_lists_are_written_whole_and_read_as_written(tmp_path):
    names = ['a b', 'c/d', 'ü']
    write_list(tmp_path / 'new/list.txt', names)
    assert read_list(tmp_path / 'new/list.txt') == names
    assert [path.name for path in (tmp_path / 'new').iterdir()] == ['list.txt'], 'nothing else stays'
    (tmp_path / 'list.txt').write_bytes(b'\xff\xfe\x00')
    with pytest.raises(UserError, match=r'list\.txt is not a list of names: it is not UTF-8'):
        read_list(tmp_path / 'list.txt')
