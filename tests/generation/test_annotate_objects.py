"""The instance annotator's masks: parts that are no part of an object."""

import numpy as np
import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotate_objects import Found, agreement, encode_mask, without_small_parts
from mmdatasetdm.generation.decoder_options import InstanceOptions
from mmdatasetdm.generation.options import build


def drawn(*rows: str) -> np.ndarray:
    return np.array([[pixel == '#' for pixel in row] for row in rows])


MASK = drawn('###...#', '#.#....', '###..##', '...#...')  # touches by a corner alone


@pytest.mark.parametrize(('least', 'kept'), [(0.0, 12), (0.1, 12), (0.2, 11), (0.25, 9), (1.0, 9)])
def test_small_parts_are_cut_off(least, kept):
    """Parts of 9, 2 and 1 pixels; holes stay."""
    found = without_small_parts(MASK, least=least)
    assert found.dtype == bool and found.sum() == kept and not found[1, 1]
    assert (found <= MASK).all() and found[3, 3]


def test_whole_and_empty_masks_stay():
    whole, empty = np.ones((3, 4), bool), np.zeros((3, 4), bool)
    assert without_small_parts(whole, least=0.5).all() and not without_small_parts(empty, least=0.5).any()


def test_code_keeps_holes():
    from pycocotools import mask as rle

    assert (rle.decode(encode_mask(MASK)).astype(bool) == MASK).all()


def test_share_is_checked():
    with pytest.raises(UserError, match=r'decoders.instance.min_part is 2; it must be 1 or less'):
        build(InstanceOptions, dict(config='', min_part=2), where='decoders.instance')


# ids of the classes chair, ball and lamp; 9 is ignored
ROWS = ('1111022', '1111022', '1000009', '0011103')
SEMANTIC = np.array([[255 if pixel == '9' else int(pixel) for pixel in row] for row in ROWS])
IDS = (1, 2, 3)


def test_agreement():
    ball = Found(1, drawn('.....##', '.....##', '......#', '......#'), 0.9)
    assert agreement([ball], SEMANTIC, IDS) == 0.8, 'four of five; one is ignored'
    assert agreement([], SEMANTIC, IDS) is None
