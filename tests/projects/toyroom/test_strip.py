"""The README's picture: a column a sample, a row a kind of label."""

import numpy as np
import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.dataset_info import DatasetInfo, read_dataset
from projects.toyroom.strip import COLUMNS, GAP, LEFT, SIDE, TOP, choose, draw_strip
from tests.visualization.conftest import root  # noqa: F401


def test_the_first_selected_samples(root):  # noqa: F811
    records = choose(root, None)
    assert [record.id for record in records] == [1, 2, 3, 5, 6, 7, 9, 10]  # every fourth is dropped
    strip = np.asarray(draw_strip(root, records, read_dataset(root, DatasetInfo)))
    assert strip.shape == (TOP + 2 * (SIDE + GAP), LEFT + COLUMNS * (SIDE + GAP), 3)
    middle = LEFT + SIDE // 2
    image, masks = (strip[TOP + row * (SIDE + GAP) + SIDE // 2, middle] for row in range(2))
    assert tuple(image) == (1, 0, 0)
    assert masks[0] > 60  # red is the cat's colour


def test_samples_by_their_ids(root):  # noqa: F811
    assert [record.id for record in choose(root, [30, 4])] == [30, 4]
    with pytest.raises(UserError, match='has no sample 77'):
        choose(root, [30, 77])
