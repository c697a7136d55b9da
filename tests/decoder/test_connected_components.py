"""Parts of masks: 8-connected ones, and which lie near each other."""

import numpy as np
import pytest

from mmdatasetdm.decoder.connected_components import connected_parts, near


def mask(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """(20, 30) bool with these boxes (left, top, right, bottom)."""
    drawn = np.zeros((20, 30), bool)
    for left, top, right, bottom in boxes:
        drawn[top:bottom, left:right] = True
    return drawn


def test_parts_touch_at_corners_too():
    parts = list(connected_parts(mask((0, 0, 4, 4), (4, 4, 6, 6), (20, 10, 22, 12))))
    assert sorted(part.sum() for part in parts) == [4, 20]
    assert (np.logical_or.reduce(parts) == mask((0, 0, 4, 4), (4, 4, 6, 6), (20, 10, 22, 12))).all()


@pytest.mark.parametrize(('least', 'sizes'), [(4, [4, 16]), (5, [16]), (17, [])])
def test_small_parts_are_none(least, sizes):
    parts = connected_parts(mask((0, 0, 4, 4), (20, 10, 22, 12)), least=least)
    assert sorted(part.sum() for part in parts) == sizes


def test_nothing_has_no_parts():
    assert list(connected_parts(mask())) == []


@pytest.mark.parametrize(
    ('part', 'expected'),
    [
        ((10, 0, 11, 1), True),
        ((11, 0, 12, 1), False),
        ((0, 7, 1, 8), True),
        ((0, 9, 1, 10), False),
        ((2, 2, 3, 3), True),
    ],
)
def test_near_is_a_quarter_of_the_longer_side(part, expected):
    assert near(mask((0, 0, 8, 6)), mask(part)) is expected
