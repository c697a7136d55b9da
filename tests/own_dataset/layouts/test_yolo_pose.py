"""YOLO's rows of keypoints."""

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.layouts import find
from mmdatasetdm.own_dataset.layouts.yolo_pose import COCO_KEYPOINTS
from tests.own_dataset.conftest import put_images

BOX = '0 0.5 0.5 0.25 0.5'


def read(root, line: str, facts: str):
    put_images(root, 'images/train/x.jpg', 'images/val/y.jpg')
    (root / 'labels/train').mkdir(parents=True)
    (root / 'labels/train/x.txt').write_text(line)
    (root / 'data.yaml').write_text(f'names: {{0: person}}\n{facts}\n')
    return find(root, task='pose', classes=[])


def test_seventeen_are_cocos(tmp_path):
    found = read(tmp_path, f'{BOX} {"0.5 0.5 2 " * 17}', 'kpt_shape: [17, 3]')
    assert found.keypoints == COCO_KEYPOINTS and found.keypoints[9:11] == ['left_wrist', 'right_wrist']
    assert len(found.skeleton) == 19 and [10, 8] not in found.skeleton and [8, 10] in found.skeleton
    assert found.swap is None, 'their names say it'
    (one,) = found.samples[0].annotations
    assert one.bbox == [48, 24, 32, 48] and one.keypoints[:3] == [64, 48, 2] and found.samples[1].annotations == []


def test_two_numbers_a_keypoint(tmp_path):
    found = read(tmp_path, f'{BOX} 0.5 0.5 0 0', 'kpt_shape: [2, 2]\nkpt_names:\n  0: [nose, tail]\nflip_idx: [0, 1]')
    assert found.keypoints == ['nose', 'tail'] and found.swap == []
    assert found.samples[0].annotations[0].keypoints == [64, 48, 2, 0, 0, 0]


@pytest.mark.parametrize(
    ('line', 'facts', 'message'),
    [
        (
            BOX,
            'kpt_shape: [2, 3]',
            r'x.txt, line 1: 5 numbers; expected 11, a class, a box of four and 3 for each of 2',
        ),
        (f'{BOX} 0 0', 'kpt_shape: [1, 4]', r'kpt_shape is \[1, 4\]; expected'),
        (f'{BOX} 0 nan', 'kpt_shape: [1, 2]', r'holds a number that is not finite'),
        (f'{BOX} 0 0', 'kpt_shape: [1, 2]\nflip_idx: [1]', r'flip_idx is \[1\]; expected each of the numbers 0 to 0'),
        (f'{BOX} 0 0', '', 'no labels for --task pose were found'),
    ],
)
def test_what_is_wrong(tmp_path, line, facts, message):
    with pytest.raises(UserError, match=message):
        read(tmp_path, line, facts)
