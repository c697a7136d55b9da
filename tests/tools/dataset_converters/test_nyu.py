"""NYU Depth v2: the file of labelled images and the folder of sequences, read by mmseg's NYUDataset and our configs."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmseg.datasets import NYUDataset
from scipy.io import savemat

from mmdatasetdm.registry import DATASETS
from tests.tools.dataset_converters.conftest import base, photograph, save
from tools.dataset_converters.nyu import main

LOAD = [dict(type='LoadImageFromFile'), dict(type='LoadDepthAnnotation', depth_rescale_factor=1e-3)]


def labelled(folder: Path, size: tuple[int, int] = (24, 32)) -> Path:
    """MATLAB's arrays of (H, W, 3, N) and (H, W, N) in HDF5: the axes are the other way round."""
    height, width = size
    folder.mkdir(parents=True, exist_ok=True)
    images = np.random.default_rng(0).integers(0, 255, (7, 3, width, height), np.uint8)
    depths = np.linspace(0.7, 9.9, 7 * width * height, dtype=np.float32).reshape(7, width, height)
    with h5py.File(folder / 'nyu_depth_v2_labeled.mat', 'w') as file:
        file['images'], file['depths'] = images, depths
        file['labels'] = np.zeros((7, width, height), np.uint16)
    savemat(folder / 'splits.mat', dict(trainNdxs=np.array([[3], [4], [7]]), testNdxs=np.array([[1], [2], [5], [6]])))
    return folder


@pytest.fixture
def out(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('MMDATASETDM_NYU', str(tmp_path / 'nyu'))
    init_default_scope('mmseg')
    return tmp_path / 'nyu'


def test_the_labelled_images(out, tmp_path):
    source = labelled(tmp_path / 'download')
    assert main(['labelled', str(source / 'nyu_depth_v2_labeled.mat'), '--out', str(out)]) == 0
    assert sorted(path.name for path in (out / 'images/train').iterdir()) == ['0003.jpg', '0004.jpg', '0007.jpg']
    with h5py.File(source / 'nyu_depth_v2_labeled.mat') as file:
        image, metres = file['images'][2].transpose(2, 1, 0), file['depths'][2].transpose()
    stock = NYUDataset(
        data_root=str(out),
        data_prefix=dict(img_path='images/train', depth_map_path='depth/train'),
        pipeline=LOAD,
        test_mode=True,
    )
    sample = stock[0]
    assert np.abs(sample['gt_depth_map'] - metres).max() < 0.00051, 'to the millimetre'
    assert np.abs(sample['img'][..., ::-1].astype(int) - image).mean() < 1, 'a JPEG of the best quality, upright'
    config = base('nyu_depth_640x480')
    assert len(DATASETS.build(config.whole_test_split)) == 4
    assert len(DATASETS.build(dict(config.few_images, num=2, pipeline=LOAD))) == 2


def test_the_sequences(out, tmp_path):
    folder = tmp_path / 'raw'
    lines = []
    for scene in ('kitchen_0028b', 'bedroom_0001'):
        for number in (5, 45):
            photograph(folder / f'{scene}/rgb_{number:05}.jpg', (48, 64))
            save(folder / f'{scene}/sync_depth_{number:05}.png', np.full((48, 64), 1234 + number, np.uint16))
            lines.append(f'/{scene}/rgb_{number:05}.jpg /{scene}/sync_depth_{number:05}.png 518.8579')
    (folder / 'nyu_train.txt').write_text('\n'.join([*lines, lines[0], 'attic/rgb_00001.jpg None 518.8579']) + '\n')
    assert main(['sequences', str(folder), '--out', str(out)]) == 0
    few = DATASETS.build(dict(base('nyu_depth_640x480').few_images_24k, num=4, pipeline=LOAD))
    assert [Path(few.get_data_info(index)['img_path']).name for index in range(4)] == [
        'bedroom_0001_00005.jpg',
        'bedroom_0001_00045.jpg',
        'kitchen_0028b_00005.jpg',
        'kitchen_0028b_00045.jpg',
    ]
    assert few[1]['gt_depth_map'][0, 0] == pytest.approx(1.279)
    assert (out / 'images/train_24k/bedroom_0001_00005.jpg').stat().st_nlink == 2, 'no second copy'


def test_what_is_wrong_is_said(out, tmp_path, capsys):
    source = labelled(tmp_path / 'download')

    def said(*args: object) -> str:
        assert main([str(one) for one in args] + ['--out', str(out)]) == 2
        text = capsys.readouterr().err
        assert text.count('\n') == 1
        return text

    assert 'Download nyu_depth_v2_labeled.mat' in said('labelled', tmp_path / 'nothing.mat')
    (tmp_path / 'text.mat').write_text('no file of MATLAB')
    splits = ('--splits', source / 'splits.mat')
    assert 'no file of MATLAB, or damaged' in said('labelled', tmp_path / 'text.mat', *splits)
    savemat(tmp_path / 'splits.mat', dict(trainNdxs=[[900]], testNdxs=[[1]]))
    assert 'names image 900, but' in said(
        'labelled', source / 'nyu_depth_v2_labeled.mat', '--splits', tmp_path / 'splits.mat'
    )
    raw = tmp_path / 'raw'
    raw.mkdir()
    assert 'nyu_train.txt does not exist' in said('sequences', raw)
    (raw / 'nyu_train.txt').write_text('a/rgb_1.jpg a/sync_depth_1.png 518\n')
    assert 'a/rgb_1.jpg: ' in said('sequences', raw)
