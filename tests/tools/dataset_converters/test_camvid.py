"""CamVid: the official download in colours and SegNet's copy with ids, read by the config for CamVid."""

import os
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import init_default_scope

from mmdatasetdm.registry import DATASETS
from tests.tools.dataset_converters.conftest import base, photograph, save
from tools.dataset_converters.camvid import main, split_of

NAMES = ('0001TP_006690', '0006R0_f00930', '0016E5_00390', '0016E5_07961', '0001TP_008550', 'Seq05VD_f00000')
SPLITS = ('train', 'train', 'train', 'val', 'test', 'test')
OLD = """
    Animal Archway Bicyclist Bridge Building Car CartLuggagePram Child Column_Pole Fence LaneMkgsDriv LaneMkgsNonDriv
    Misc_Text MotorcycleScooter OtherMoving ParkingBlock Pedestrian Road RoadShoulder Sidewalk SignSymbol Sky
    SUVPickupTruck TrafficCone TrafficLight Train Tree Truck_Bus Tunnel VegetationMisc Void Wall
    """.split()  # noqa: SIM905


@pytest.fixture
def out(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('MMDATASETDM_CAMVID', str(tmp_path / 'camvid'))
    init_default_scope('mmseg')
    return tmp_path / 'camvid'


def official(root: Path) -> Path:
    """32 colours, a column each."""
    colours = np.array([[index * 8, 255 - index, 64] for index in range(len(OLD))], np.uint8)
    for name in NAMES:
        photograph(root / f'701_StillsRaw_full/{name}.png', (24, 32))
        save(root / f'LabeledApproved_full/{name}_L.png', colours[None].repeat(24, 0))
    (root / 'label_colors.txt').write_text(
        ''.join(f'{red} {green} {blue}\t{name}\n' for (red, green, blue), name in zip(colours, OLD, strict=True))
    )
    return root


def segnet(root: Path) -> Path:
    for split, count in (('train', 3), ('val', 1), ('test', 2)):
        for index in range(count):
            photograph(root / f'{split}/{split}_{index}.png', (24, 32))
            save(root / f'{split}annot/{split}_{index}.png', np.arange(32, dtype=np.uint8)[None].repeat(24, 0) % 12)
    return root


def read(config, split: str) -> list[dict]:
    pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]
    loader = config[f'{split}_dataloader'].dataset
    if split == 'train':
        loader = dict(loader, num=3)
    dataset = DATASETS.build(dict(loader, pipeline=pipeline))
    return [dataset[index] for index in range(len(dataset))]


@pytest.mark.parametrize('make', [official, segnet])
def test_the_split_and_the_classes(make, out, tmp_path):
    assert main([str(make(tmp_path / 'download')), '--out', str(out)]) == 0
    config = base('camvid_100shot')
    assert [len(read(config, split)) for split in ('train', 'val', 'test')] == [3, 1, 2]
    row = read(config, 'val')[0]['gt_seg_map'][0].tolist()
    if make is segnet:
        assert row[:13] == [*range(11), 255, 0]
        return
    named = dict(zip(OLD, row, strict=True))
    classes = config.class_names
    new = {name: classes[named[name]] for name in OLD if name[0] in 'ST'}
    assert new == dict(
        Sidewalk='Pavement', SignSymbol='SignSymbol', Sky='Sky', SUVPickupTruck='Car', TrafficCone='Pole',
        TrafficLight='SignSymbol', Train='Car', Tree='Tree', Truck_Bus='Car', Tunnel='Building',
    )  # fmt: skip
    assert [name for name in OLD if named[name] == 255] == ['Void']


def test_the_names_tell_the_split():
    assert tuple(split_of(name) for name in NAMES) == SPLITS


def test_all_701_names_are_in_the_usual_split():
    root = Path(__file__).parents[3]
    data = Path(os.environ.get('MMDATASETDM_TEST_DATA', root / '../shared/data')) / 'camvid/images'
    if not data.is_dir():
        pytest.skip(f'no {data}: set MMDATASETDM_TEST_DATA')
    found = [(split, path.stem) for split in ('train', 'val', 'test') for path in (data / split).iterdir()]
    assert len(found) == 701 and all(split_of(name) == split for split, name in found)


def test_what_is_wrong_is_said(out, tmp_path, capsys):
    def said(folder: Path) -> str:
        assert main([str(folder), '--out', str(out)]) == 2
        return capsys.readouterr().err

    assert 'Download CamVid from' in said(tmp_path / 'nothing')
    (tmp_path / 'empty').mkdir()
    assert 'has neither 701_StillsRaw_full' in said(tmp_path / 'empty')
    root = official(tmp_path / 'download')
    (root / 'label_colors.txt').write_text('64 128 64\tAnimal\n')
    assert 'has no class Archway' in said(root)
    (root / 'label_colors.txt').write_text('green\tAnimal\n')
    assert 'expected red, green, blue and a name a line' in said(root)
