"""The picture of labelled images."""

import io

import numpy as np
from PIL import Image

from mmdatasetdm.own_dataset.sheet import evenly, label_sheet


def test_pictures_of_any_shape_and_a_legend():
    pictures = [(f'{i}', np.full((20 + 30 * i, 200, 3), 200, np.uint8)) for i in range(5)]
    sheet = Image.open(io.BytesIO(label_sheet(pictures, [('cat', (255, 0, 0)), ('dog', (0, 0, 255))])))
    assert sheet.size == (1280, 2 * 260 + 20)
    colours = {colour for _, colour in sheet.getcolors(1 << 20)}
    assert {(255, 0, 0), (0, 0, 255), (200, 200, 200)} <= colours


def test_pictures_are_spread_over_the_data_set():
    assert evenly(3) == [0, 1, 2] and len(evenly(100)) == 12 and evenly(100)[-1] > 90
