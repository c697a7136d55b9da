"""Images and label maps that do not fit, or are damaged: one line with the file before a training begins."""

import io
from pathlib import Path

import numpy as np
import pytest
from mmcv.transforms import BaseTransform
from mmengine.registry import init_default_scope
from PIL import Image
from torch.utils.data import DataLoader

from mmdatasetdm.datasets import FewShotDataset
from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import DATASETS

CLASSES = ('background', 'crack', 'stain')
PIPELINE = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')]


@pytest.fixture
def root(tmp_path) -> Path:
    """Three images of 12 x 8 (width x height) with masks of three classes."""
    init_default_scope('mmseg')
    random = np.random.default_rng(0)
    for folder in ('images', 'masks'):
        (tmp_path / folder).mkdir()
    for index in range(3):
        Image.fromarray(random.integers(0, 255, (8, 12, 3), dtype=np.uint8)).save(tmp_path / f'images/{index}.jpg')
        write_mask(tmp_path, index, np.arange(96).reshape(8, 12) % 3)
    return tmp_path


def write_mask(root: Path, index: int, mask: np.ndarray, dtype: type = np.uint8) -> None:
    Image.fromarray(mask.astype(dtype)).save(root / f'masks/{index}.png')


def make(root: Path, **changes) -> FewShotDataset:
    stock = {
        'type': 'BaseSegDataset',
        'data_root': str(root),
        'data_prefix': {'img_path': 'images', 'seg_map_path': 'masks'},
        'metainfo': {'classes': CLASSES},
        'pipeline': PIPELINE,
    }
    options = {key: changes.pop(key) for key in ('check', 'num') if key in changes}
    return FewShotDataset(dataset={**stock, **changes}, **options)


def turn(root: Path, orientation: int, size: tuple[int, int] = (12, 8)) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new('RGB', size).save(root / 'images/1.jpg', exif=exif)


def expect(root: Path, *words: str, **changes) -> None:
    with pytest.raises(UserError) as raised:
        make(root, **changes)
    assert all(word in str(raised.value) for word in words), raised.value
    assert '\n' not in str(raised.value)


def test_what_fits_is_taken(root):
    write_mask(root, 2, np.full((8, 12), 255))
    assert len(make(root)) == 3
    assert len(make(root, metainfo={})) == 3, 'without classes any id may be one'


@pytest.mark.parametrize('orientation', [6, 8])
def test_an_image_that_exif_turns(root, orientation):
    turn(root, orientation)
    expect(root, 'masks/1.png: the label map is 12x8, but its image', 'images/1.jpg is 8x12', 'EXIF orientation')
    write_mask(root, 1, np.arange(96).reshape(12, 8) % 3)
    assert len(make(root)) == 3, 'a label map of the turned image fits'


def test_a_turned_image_whose_shape_tells_nothing_is_said(root, said):
    turn(root, 3)
    make(root)
    (line,) = said
    assert '1 images are turned on loading' in line and 'images/1.jpg' in line


@pytest.mark.parametrize('shape', [(12, 8), (8, 8), (4, 6)])
def test_a_mask_of_another_shape(root, shape):
    write_mask(root, 2, np.arange(np.prod(shape)).reshape(shape) % 3)
    expect(root, f'masks/2.png: the label map is {shape[1]}x{shape[0]}', 'images/2.jpg is 12x8')


def test_depth_of_another_shape(root):
    for index in range(3):
        write_mask(root, index, np.full((8, 12), 1500), np.uint16)
    stock = dict(type='NYUDataset', data_prefix=dict(img_path='images', depth_map_path='masks'), metainfo=None)
    load = [PIPELINE[0], dict(type='LoadDepthAnnotation', depth_rescale_factor=1e-3)]
    assert len(make(root, pipeline=load, **stock)) == 3
    write_mask(root, 1, np.full((12, 8), 1500), np.uint16)
    expect(root, 'masks/1.png: the label map is 8x12', pipeline=load, **stock)


@pytest.mark.parametrize(
    ('ids', 'dtype', 'words'),
    [
        ([0, 1, 3], np.uint8, 'id 3 in the label map'),
        ([0, 3, 7, 254], np.uint8, 'ids 3, 7, 254 in the label map'),
        ([0, 1, 300], np.uint16, 'id 300 in the label map'),
        ([256, 257, 258], np.uint16, 'ids 256, 257, 258 in the label map'),
    ],
)
def test_ids_outside_of_the_classes(root, ids, dtype, words):
    write_mask(root, 1, np.resize(ids, (8, 12)), dtype)
    expected = 'expected 0 to 2 (3 classes, background to stain) and 255 for ignored pixels'
    expect(root, 'masks/1.png', words, expected)
    expect(root, words, test_mode=True)


def test_masks_of_0_and_255(root):
    for index in range(3):
        write_mask(root, index, np.resize([0, 255], (8, 12)))
    expect(root, 'no ids but 0 and 255, and 255 is ignored', 'want 1 in the place of 255', 'masks/0.png')
    for index in range(3):
        write_mask(root, index, np.full((8, 12), 255))
    expect(root, 'every pixel is 255, which is ignored')


def test_one_class_alone_without_ignored_pixels_may_be_meant(root):
    for index in range(3):
        write_mask(root, index, np.full((8, 12), 1))
    assert len(make(root)) == 3


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def empty(path: Path) -> None:
    path.write_bytes(b'')


def text(path: Path) -> None:
    path.write_text('version https://git-lfs.github.com/spec/v1\n')


@pytest.mark.parametrize(
    ('file', 'damage'),
    [*((file, damage) for damage in (cut, empty, text) for file in ('images/1.jpg', 'masks/1.png'))]
    + [('masks/1.png', Path.unlink)],
)
def test_a_damaged_file_is_named(root, file, damage):
    damage(root / file)
    why = 'no such file or directory' if damage is Path.unlink else 'damaged'
    expect(root, str(root / file), why)
    unchecked = make(root, check=False)
    for item in (lambda: unchecked[1], lambda: unchecked.get_cat_ids(1) if 'masks' in file else unchecked[1]):
        with pytest.raises(UserError, match=f'{file}: (damaged|no such file)'):
            item()


@pytest.mark.parametrize('damage', [cut, empty, text, Path.unlink])
@pytest.mark.parametrize('file', ['images/1.jpg', 'masks/1.png'])
def test_a_stock_data_set_names_it_too(root, file, damage):
    stock = dict(type='BaseSegDataset', data_root=str(root), pipeline=PIPELINE, metainfo=dict(classes=CLASSES))
    stock = DATASETS.build(dict(stock, data_prefix=dict(img_path='images', seg_map_path='masks')))
    assert stock[1]['inputs'].shape == (3, 8, 12)
    damage(root / file)
    with pytest.raises(UserError, match=f'{file}: (damaged|no such file)'):
        stock[1]


def test_a_worker_that_meets_it_says_one_line(root):
    cut(root / 'images/1.jpg')
    loader = DataLoader(make(root, check=False), batch_size=1, num_workers=1, collate_fn=list)
    with pytest.raises(UserError, match=r'images/1\.jpg: damaged') as raised:
        list(loader)
    assert '\n' not in str(raised.value)


def test_bytes_after_the_end_of_a_photograph_do_no_harm(root):
    path = root / 'images/1.jpg'
    path.write_bytes(path.read_bytes() + b'trailer of a camera' * 10000)
    assert make(root)[1]['inputs'].shape == (3, 8, 12)


class Broken(BaseTransform):
    """Fails on files that are whole."""

    def transform(self, results: dict) -> dict:
        raise RuntimeError('of its own')


def test_an_error_of_the_pipeline_itself_stays_what_it_is(root):
    with pytest.raises(RuntimeError, match='of its own'):
        make(root, pipeline=[*PIPELINE[:2], dict(type=Broken)])[0]


def test_images_of_other_modes_are_read(root):
    for index, mode in enumerate(('L', 'CMYK', 'RGB')):
        buffer = io.BytesIO()
        Image.new(mode, (12, 8)).save(buffer, 'JPEG')
        (root / f'images/{index}.jpg').write_bytes(buffer.getvalue())
    assert len(list(make(root))) == 3
