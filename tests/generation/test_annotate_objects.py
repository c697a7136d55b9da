"""The instance annotator's masks: parts that are no part of an object."""

import numpy as np
import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotate_objects import Found, agreement, encode_mask, follow, without_small_parts
from mmdatasetdm.generation.decoder_options import InstanceOptions


def drawn(*rows: str) -> np.ndarray:
    return np.array([[pixel == '#' for pixel in row] for row in rows])


MASK = drawn('###...#',
             '#.#....',
             '###..##',
             '...#...')  # touches by a corner alone


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
    with pytest.raises(UserError, match=r'decoders.instance.min_part is 2; it must be from 0 to 1'):
        InstanceOptions(config='', min_part=2)


# ids of the classes chair, ball and lamp; 9 is ignored
ROWS = ('1111022',
        '1111022',
        '1000009',
        '0011103')
SEMANTIC = np.array([[255 if pixel == '9' else int(pixel) for pixel in row] for row in ROWS])
IDS = (1, 2, 3)


def found(label: int, mask: np.ndarray, score: float, chance: float = 0.9) -> Found:
    return Found(label, mask, score, np.where(mask, chance, 0.1).astype(np.float32))


def shown(objects) -> list[tuple]:
    return [(one.label, round(one.score, 2), *(''.join('.#'[pixel] for pixel in row) for row in one.mask.astype(int)))
            for one in objects]


def test_objects_follow_semantic_labels():
    """The chair has its part, and not the far one, which the wrong lamp lies on; nobody claimed that and the ball."""
    chair = found(0, drawn('##.....', '##.....', '.......', '.......'), 0.8)
    wrong = found(2, drawn('.......', '.......', '.......', '..###.#'), 0.7)
    assert shown(follow([chair, wrong], SEMANTIC, IDS, 0.3)) == [
        (0, 0.8, '####...', '####...', '#......', '.......'),
        (2, 0.7, '.......', '.......', '.......', '......#'),
        (0, 0.3, '.......', '.......', '.......', '..###..'),
        (1, 0.3, '.....##', '.....##', '.......', '.......'),
    ]


def test_a_part_that_is_near_belongs_to_the_object():
    chair = found(0, drawn('####...', '####...', '#......', '.......'), 0.8)
    assert shown(follow([chair], SEMANTIC, IDS[:1], 0.3)) == [(0, 0.8, '####...', '####...', '#......', '..###..')]


def test_objects_of_one_class_share_a_part_by_their_masks():
    left = found(0, drawn('##.....', '##.....', '.......', '.......'), 0.6)
    right = found(0, drawn('..##...', '..##...', '.......', '.......'), 0.9)
    assert shown(follow([left, right], SEMANTIC, IDS[:1], 0.3)) == [
        (0, 0.9, '..##...', '..##...', '.......', '.......'),
        (0, 0.6, '##.....', '##.....', '#......', '.......'),  # a tie goes to the first
        (0, 0.3, '.......', '.......', '.......', '..###..'),
    ]


def test_a_touch_is_no_claim():
    """One pixel inside of another object's part, and the higher chance there, takes nothing of it."""
    semantic = np.zeros((20, 40), int)
    semantic[:8, :8] = semantic[:, 30:] = 1
    small, large = np.zeros((2, 20, 40), bool)
    small[:8, :8] = small[0, 30] = large[:, 32:] = True
    first, second = follow([found(0, small, 0.9, 0.99), found(0, large, 0.8)], semantic, (1,), 0.3)
    assert (first.mask.sum(), second.mask.sum()) == (64, 200)


def test_agreement():
    ball = found(1, drawn('.....##', '.....##', '......#', '......#'), 0.9)
    assert agreement([ball], SEMANTIC, IDS) == 0.8, 'four of five; one is ignored'
    assert agreement([], SEMANTIC, IDS) is None
    assert agreement(follow([ball], SEMANTIC, IDS, 0.3), SEMANTIC, IDS) == 1.0
