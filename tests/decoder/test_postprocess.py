"""Probabilities of classes and of names; instances from queries and from connected components."""

import numpy as np
import pytest
import torch

from mmdatasetdm.decoder.postprocess import (
    ConnectedComponents,
    class_probabilities,
    connected_components,
    name_scores,
    near,
    query_instances,
    semantic_probabilities,
)
from mmdatasetdm.errors import UserError


def mask(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """(20, 30) bool with these boxes (left, top, right, bottom)."""
    drawn = np.zeros((20, 30), bool)
    for left, top, right, bottom in boxes:
        drawn[top:bottom, left:right] = True
    return drawn


def test_components_touch_at_corners_too():
    components = list(connected_components(mask((0, 0, 4, 4), (4, 4, 6, 6), (20, 10, 22, 12))))
    assert sorted(component.sum() for component in components) == [4, 20]
    assert (np.logical_or.reduce(components) == mask((0, 0, 4, 4), (4, 4, 6, 6), (20, 10, 22, 12))).all()


@pytest.mark.parametrize(('min_area', 'sizes'), [(4, [4, 16]), (5, [16]), (17, [])])
def test_small_components_are_left_out(min_area, sizes):
    components = connected_components(mask((0, 0, 4, 4), (20, 10, 22, 12)), min_area=min_area)
    assert sorted(component.sum() for component in components) == sizes


def test_nothing_has_no_components():
    assert list(connected_components(mask())) == []


@pytest.mark.parametrize(
    ('component', 'expected'),
    [
        ((10, 0, 11, 1), True),
        ((11, 0, 12, 1), False),
        ((0, 7, 1, 8), True),
        ((0, 9, 1, 10), False),
        ((2, 2, 3, 3), True),
    ],
)
def test_near_is_a_quarter_of_the_longer_side(component, expected):
    assert near(mask((0, 0, 8, 6)), mask(component)) is expected


def components(*, min_fraction: float = 0.002, max_instances: int = 30) -> ConnectedComponents:
    return ConnectedComponents(min_fraction=min_fraction, max_instances=max_instances)


def blocks(*instances: tuple[int, slice, float], label_count: int = 3) -> torch.Tensor:
    """Probabilities (3, 32, 32): background of 0.9, and of each (class, columns, probability) the upper half."""
    probs = torch.full((label_count, 32, 32), 0.05)
    probs[-1] = 0.9
    for label, columns, prob in instances:
        probs[:, :16, columns] = (1 - prob) / 2
        probs[label, :16, columns] = prob
    return probs


def test_connected_components_are_instances():
    probs = blocks((0, slice(0, 8), 0.6), (0, slice(12, 20), 0.8), (1, slice(20, 28), 0.7))
    classes, masks = components().of_image(probs)
    torch.testing.assert_close(classes, torch.tensor([[0.8, 0], [0, 0.7], [0.6, 0]]))
    assert masks.sum((1, 2)).tolist() == [128] * 3 and masks[2, :16, :8].all()


def test_a_small_component_belongs_to_the_larger_beside_it():
    near_and_far = [(0, slice(0, 16), 0.8), (0, slice(19, 23), 0.8), (0, slice(29, 32), 0.8)]
    masks = components().of_image(blocks(*near_and_far))[1]
    assert sorted(masks.flatten(1).sum(1).tolist()) == [16 * 3, 16 * 20]
    beside_a_lamp = blocks((0, slice(0, 16), 0.8), (1, slice(19, 23), 0.8))
    assert len(components().of_image(beside_a_lamp)[1]) == 2


def test_small_instances_and_the_worst_are_left_out():
    probs = blocks((0, slice(0, 8), 0.6), (0, slice(14, 15), 0.8), (1, slice(20, 28), 0.7))
    assert components(min_fraction=0.1).of_image(probs)[0].max(1).values.tolist() == pytest.approx([0.7, 0.6])
    assert components(max_instances=1).of_image(probs)[0].tolist() == [[pytest.approx(0.8), 0]]


def test_only_allowed_classes_win():
    both = torch.stack([blocks((0, slice(0, 8), 0.6), (1, slice(16, 24), 0.7)), blocks()])
    classes, masks = components()(both, allowed=torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    # (1 - 0.6) / 2 for the other class and as much for the background: the first of equals wins
    assert classes[0, 0].tolist() == [0, pytest.approx(0.7 / 0.85)] and not classes[1].any()
    assert masks[0, 0, :16, 16:24].all() and not masks[1].any()


@pytest.mark.parametrize('wrong', [dict(min_fraction=1.0), dict(min_fraction=-0.1), dict(max_instances=0)])
def test_limits(wrong):
    with pytest.raises(UserError, match=r'min_fraction is .* and max_instances'):
        components(**wrong)


def test_a_query_is_an_instance():
    logits = torch.tensor([[[2.0, 0.0, 0.0], [0.0, 0.0, 2.0]]]).log_softmax(-1)
    instances = query_instances(logits, torch.zeros(1, 2, 4, 4), size=(8, 8))
    torch.testing.assert_close(instances.class_probs, logits.exp()[..., :2])
    torch.testing.assert_close(instances.mask_probs, torch.full((1, 2, 8, 8), 0.5))


def test_semantic_probabilities_of_two_queries():
    # query 0: class 0 for sure, mask 0.5; query 1: class 1 for sure, mask 1 -> 1/3 and 2/3
    classes = torch.full((1, 2, 4), -100.0)
    classes[0, 0, 0] = classes[0, 1, 1] = 100
    masks = torch.stack([torch.zeros(4, 4), torch.full((4, 4), 100.0)])[None]
    result = semantic_probabilities(classes, masks, size=(8, 8))
    expected = torch.tensor([1 / 3, 2 / 3, 0]).view(1, 3, 1, 1).expand(1, 3, 8, 8)
    torch.testing.assert_close(result, expected)


def test_no_object_gives_no_class_its_probability():
    classes = torch.zeros(1, 1, 3)
    result = semantic_probabilities(classes, torch.zeros(1, 1, 4, 4), size=(4, 4))
    torch.testing.assert_close(result, torch.full((1, 2, 4, 4), 0.5))


def test_scores_are_those_of_the_best_query():
    classes = torch.tensor([[[0.0, 0.0], [30.0, -30.0]]])  # present: 1/2, 1
    masks = torch.tensor([[[[30.0, 30.0]], [[-30.0, 0.0]]]])  # 1, 1 and 0, 1/2
    scores = name_scores(classes, masks, size=(1, 2))
    torch.testing.assert_close(scores, torch.tensor([[[0.5, 0.5]]]))


def test_the_background_has_what_is_left_by_the_names():
    scores = torch.tensor([[[0.5]], [[0.5]], [[1.0]]])
    found = class_probabilities(scores, torch.tensor([0, 0, 1]), torch.tensor([1, 3, 2]), batch=3, num_classes=4)
    # (1 - 1/2)^2 = 1/4 of 5/4 in all
    torch.testing.assert_close(found[0, :, 0, 0], torch.tensor([0.2, 0.4, 0.0, 0.4]))
    torch.testing.assert_close(found[1, :, 0, 0], torch.tensor([0.0, 0.0, 1.0, 0.0]))
    torch.testing.assert_close(found[2, :, 0, 0], torch.tensor([1.0, 0.0, 0.0, 0.0]))
