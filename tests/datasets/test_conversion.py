"""What the converters share; what they write of each data set is tested in tests/tools/dataset_converters."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.datasets.conversion import (
    convert_labels,
    facts,
    label_table,
    link_or_copy,
    read_ids,
    require,
    work_through,
)
from mmdatasetdm.errors import UserError


def test_a_table_numbers_the_classes_anew():
    table = label_table(dict(sky=[23], car=[26, 27]), classes=['car', 'sky'])
    assert table[[23, 26, 27, 7, 255]].tolist() == [1, 0, 0, 255, 255]
    assert label_table(dict(car=[7]), classes=['background', 'car'], rest=0)[[7, 8, 255]].tolist() == [1, 0, 255]


def label(path: Path, values: list[list[int]]) -> Path:
    Image.fromarray(np.array(values, np.uint8)).save(path)
    return path


def test_maps_of_grey_values_and_of_a_palette_are_converted_once(tmp_path):
    pairs = [(label(tmp_path / f'{name}.png', [[1, 255]]), tmp_path / f'out/{name}.png') for name in 'ab']
    with Image.open(pairs[0][0]) as image:
        palette = image.convert('P')
    palette.putdata([1, 255])
    palette.putpalette([7] * 768)
    palette.save(pairs[0][0])
    table = label_table(dict(car=[1]), classes=['background', 'car'])
    assert convert_labels(pairs, table, known=2) == 2
    assert all(read_ids(target).tolist() == [[1, 255]] for _, target in pairs)
    pairs[0][1].unlink()
    assert convert_labels(pairs, table, known=2) == 1, 'the other was there'
    assert not list((tmp_path / 'out').glob('*.tmp'))


def test_what_is_no_label_map_of_the_set_is_named(tmp_path):
    table = label_table({}, classes=[])
    unknown = label(tmp_path / 'a.png', [[1, 40]])
    with pytest.raises(UserError, match=r'a\.png: id 40 is none of the data set, whose ids are 0 to 33'):
        convert_labels([(unknown, tmp_path / 'b.png')], table, known=34)
    Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(tmp_path / 'c.png')
    with pytest.raises(UserError, match=r'c\.png has 3 channels; expected a label map of ids'):
        convert_labels([(tmp_path / 'c.png', tmp_path / 'b.png')], table, known=34)
    assert not (tmp_path / 'b.png').exists()
    with pytest.raises(UserError, match=r'nothing does not exist\. Download it'):
        require(tmp_path / 'nothing', 'Download it')


def test_files_are_linked_and_not_copied(tmp_path):
    (tmp_path / 'a').write_text('a')
    for _ in range(2):
        link_or_copy(tmp_path / 'a', tmp_path / 'below/b')
    assert os.path.samefile(tmp_path / 'a', tmp_path / 'below/b')


def test_every_item_is_worked_through():
    found = []
    assert work_through(found.append, range(50)) == 50 and sorted(found) == list(range(50))


def test_the_facts_are_those_of_the_configs():
    """Which ids are which class, as DatasetDM supp. table 3 has it: sidewalks are void, and so are parkings."""
    ids = facts('cityscapes8')['cityscapes8_ids']
    assert sorted(one for old in ids.values() for one in old) == list(range(34)), 'every id once'
    assert 8 in ids['Void'] and 9 in ids['Void'] and ids['Road'] == [7] and ids['Human'] == [24, 25]
    classes = list(ids)
    assert classes == ['Void', 'Road', 'Construction', 'Object', 'Nature', 'Sky', 'Human', 'Vehicle']
