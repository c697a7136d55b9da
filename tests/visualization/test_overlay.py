"""Colours on images."""

import numpy as np

from mmdatasetdm.visualization import overlay
from mmdatasetdm.visualization.overlay import IGNORE, tint_instances
from tests.visualization.conftest import PALETTE


def test_overlay():
    image = np.full((6, 6, 3), 100, np.uint8)
    labels = np.zeros((6, 6), np.uint8)
    labels[:, 3:] = 1
    drawn = overlay(image, labels, PALETTE, opacity=0.5)
    assert drawn[0, 0].tolist() == [100, 100, 100], 'background is clear'
    assert drawn[0, 4].tolist() == [178, 50, 50]
    labels[0, 5] = 255
    assert len(set(overlay(image, labels, PALETTE)[0, 5])) == 1, 'ignored pixels are grey'


def test_instances_and_a_crowd():
    masks = np.zeros((3, 8, 8), bool)
    masks[0, :4], masks[1, 4:6], masks[2, 6:] = True, True, True
    layer = tint_instances([(masks[0], False), (masks[1], False), (masks[2], True)], (8, 8))
    first, second = layer[1, 1], layer[4, 1]
    assert (first[:3] != second[:3]).any() and first[3] == second[3] == 128
    assert layer[3, 1, 3] == IGNORE, 'a line around each'
    assert len(set(layer[7, 1, :3].tolist())) == 1, 'the crowd is grey'
