"""The instance annotator's masks: parts that are no part of an object."""

import numpy as np
import pytest
import torch
from pycocotools import mask as rle

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.annotators.instance import (
    Found,
    InstanceAnnotator,
    InstanceOptions,
    agreement,
    encode_mask,
    without_small_components,
)
from mmdatasetdm.generation.options import build
from mmdatasetdm.generation.records import Instance
from mmdatasetdm.generation.scores import InstanceScores


def drawn(*rows: str) -> np.ndarray:
    return np.array([[pixel == '#' for pixel in row] for row in rows])


MASK = drawn('###...#', '#.#....', '###..##', '...#...')  # touches by a corner alone


@pytest.mark.parametrize(('least', 'kept'), [(0.0, 12), (0.1, 12), (0.2, 11), (0.25, 9), (1.0, 9)])
def test_small_parts_are_cut_off(least, kept):
    """Parts of 9, 2 and 1 pixels; holes stay."""
    found = without_small_components(MASK, least=least)
    assert found.dtype == bool and found.sum() == kept and not found[1, 1]
    assert (found <= MASK).all() and found[3, 3]


def test_whole_and_empty_masks_stay():
    whole, empty = np.ones((3, 4), bool), np.zeros((3, 4), bool)
    assert without_small_components(whole, least=0.5).all() and not without_small_components(empty, least=0.5).any()


def test_code_keeps_holes():
    assert (rle.decode(encode_mask(MASK)).astype(bool) == MASK).all()


def test_share_is_checked():
    with pytest.raises(UserError, match=r'decoders.instance.min_component is 2; it must be 1 or less'):
        build(InstanceOptions, dict(config='', min_component=2), where='decoders.instance')


# ids of the classes chair, ball and lamp; 9 is ignored
ROWS = ('1111022', '1111022', '1000009', '0011103')
SEMANTIC = np.array([[255 if pixel == '9' else int(pixel) for pixel in row] for row in ROWS])
IDS = (1, 2, 3)


def test_agreement():
    ball = Found(1, drawn('.....##', '.....##', '......#', '......#'), 0.9)
    assert agreement([ball], SEMANTIC, IDS) == 0.8, 'four of five; one is ignored'
    assert agreement([], SEMANTIC, IDS) is None


def annotated(*objects: tuple[float, slice], **options) -> tuple[list[Instance], InstanceScores]:
    """COCO annotations and scores of queries (score, columns) of one class on 8 x 20 pixels."""
    probs, masks = torch.zeros(len(objects), 2), torch.zeros(len(objects), 8, 20)
    for row, (score, columns) in enumerate(objects):
        probs[row, 0], masks[row, :, columns] = score, 1
    options = InstanceOptions(config='', **options)
    found = InstanceAnnotator(model=None, classes=('ball', 'lamp'), options=options)._instances(probs, masks, None)
    return found.labels, found.scores


def test_an_uncertain_instance_is_a_crowd():
    objects, scores = annotated((0.3, slice(0, 5)), (0.9, slice(4, 10)), (0.05, slice(12, 20)), min_score=0.5)
    assert [(one.iscrowd, one.score, one.area) for one in objects] == [(0, 0.9, 48), (1, 0.3, 32)]
    assert rle.decode(objects[1].segmentation)[0].tolist() == [1] * 4 + [0] * 16, 'what is known is no crowd'
    assert scores == InstanceScores(
        instances=1, confidence=0.9, found=['ball'], uncertain=1, ignored=0.2, counts=dict(ball=1)
    )


def test_no_crowds_are_asked_for():
    objects, scores = annotated((0.3, slice(0, 5)), (0.9, slice(4, 10)), min_score=0.5, ignore_score=0.5)
    assert [one.iscrowd for one in objects] == [0] and scores.uncertain == 0 and scores.ignored == 0.0
