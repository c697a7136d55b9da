"""Lists of classes as people keep them."""

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.layouts.names import class_list, class_list_file, read_classes

NAMES, COLOURS = ['sky', 'traffic light'], [(128, 0, 64), (1, 2, 3)]


@pytest.mark.parametrize(
    ('text', 'colours'),
    [
        ('sky\ntraffic light\n', []),
        ('# classes\n0 sky\n1: traffic light\n', []),
        ('sky 128 0 64\ntraffic light, 1, 2, 3\n', COLOURS),
        ('128 0 64 sky\n1 2 3 traffic light\n', COLOURS),
        ('# label:color_rgb:parts:actions\nsky:128,0,64::\ntraffic light:1,2,3::\n', COLOURS),
    ],
)
def test_lines_of_all_kinds(tmp_path, text, colours):
    path = tmp_path / 'labelmap.txt'
    path.write_text(text)
    assert read_classes(path) == (NAMES, colours)
    assert class_list_file(tmp_path) == path and class_list(tmp_path) == NAMES


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('', 'is empty: it must name a class a line'),
        ('sky\nsky\n', 'class sky is named 2 times'),
        ('sky 1 2 3\nsea 1 2 3\n', 'sky and sea have one colour'),
    ],
)
def test_what_is_no_list(tmp_path, text, message):
    (tmp_path / 'my_classes.txt').write_text(text)
    with pytest.raises(UserError, match=message):
        read_classes(class_list_file(tmp_path))


def test_there_is_no_list(tmp_path):
    assert class_list_file(tmp_path) is None and class_list(tmp_path) == []
