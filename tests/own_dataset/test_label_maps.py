"""What the numbers and colours of label maps mean."""

import numpy as np
import pytest
from PIL import Image

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.label_maps import class_ids, interpret, survey
from mmdatasetdm.own_dataset.layouts import find


def read(root, values, *, classes=(), text=None):
    """The class ids of one label map with these values, and the data set as found."""
    for folder in ('images', 'masks'):
        (root / folder).mkdir(exist_ok=True)
    values = np.asarray(values)
    Image.new('RGB', (values.shape[1], values.shape[0])).save(root / 'images/x.png')
    image = Image.fromarray(values.astype(np.uint8) if values.ndim == 3 or values.max() < 256 else
                            values.astype(np.uint16))  # fmt: skip
    image.save(root / 'masks/x.png')
    if text is not None:
        (root / 'classes.txt').write_text(text)
    found = find(root, task='semantic', classes=list(classes))
    return class_ids(found.samples[0], interpret(found, survey(found)), unlabelled=0).tolist(), found


def test_numbers_are_class_ids(tmp_path):
    assert read(tmp_path, [[0, 1, 255]], classes=['sky', 'sea'])[0] == [[0, 1, 255]]


def test_names_that_leave_out_the_background(tmp_path):
    ids, found = read(tmp_path, [[0, 1, 2]], classes=['cat', 'dog'])
    assert (
        ids == [[0, 1, 2]]
        and found.classes == ['background', 'cat', 'dog']
        and '0 is the background' in str(found.notes)
    )


def test_masks_of_0_and_255(tmp_path):
    ids, found = read(tmp_path, [[0, 255]], classes=['cat'])
    assert ids == [[0, 1]] and found.classes == ['background', 'cat'] and '255 is cat' in found.notes[0]


def test_colours_of_a_list(tmp_path):
    values = [[[0, 0, 0], [128, 0, 64], [9, 9, 9]]]
    ids, found = read(tmp_path, values, text='void 0 0 0\ncat 128 0 64\ndog 9 9 9\n')
    assert ids == [[0, 1, 2]] and found.palette[1] == (128, 0, 64)
    with pytest.raises(UserError, match='the colour 1,2,3 is that of no class'):
        read(tmp_path, [[[1, 2, 3], [0, 0, 0]]])
    with pytest.raises(UserError, match='number 5 in the label map'):  # grey pictures alone are numbers
        read(tmp_path, [[[5, 5, 5], [0, 0, 0]]])


def test_what_nothing_explains(tmp_path):
    with pytest.raises(UserError, match=r'hold the numbers 0, 1, and nothing says what they are'):
        read(tmp_path, [[0, 1]])
    with pytest.raises(UserError, match=r'masks/x.png: number 7 in the label map; expected 0 to 1'):
        read(tmp_path, [[0, 7]], classes=['sky', 'sea'])
    with pytest.raises(UserError, match=r'masks/x.png: number 300 in the label map'):
        read(tmp_path, [[0, 300]], classes=['sky', 'sea'])
    with pytest.raises(UserError, match='is a picture of colours, and nothing says'):
        read(tmp_path, [[[1, 2, 3]]], classes=['sky', 'sea'])
