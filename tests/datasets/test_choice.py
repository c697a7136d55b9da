"""Which images the rules choose, on tables of how much of an image each class covers."""

import itertools

import numpy as np
import pytest

from mmdatasetdm.datasets.choice import Candidates, order, spread
from mmdatasetdm.errors import UserError

CLASSES = ('background', 'cat', 'dog', 'bus')


def candidates(rows: list[list[float]], **changes) -> Candidates:
    names = [f'{index:03}' for index in range(len(rows))]
    given = dict(names=names, fractions=np.array(rows), classes=CLASSES, background=0)
    return Candidates(**{**given, **changes})


def many(count: int = 60) -> list[list[float]]:
    """Image i is mostly of class 1 + i % 3; every fifth shows the next class too."""
    rows = np.zeros((count, 4))
    for index, row in enumerate(rows):
        row[0], row[1 + index % 3] = 0.6, 0.3
        if index % 5 == 0:
            row[1 + (index + 1) % 3] = 0.01
    return rows.tolist()


def test_spread_is_even():
    assert spread(367, 100)[:3] == [0, 3, 7]
    assert len(set(spread(367, 100))) == 100 and max(spread(367, 100)) == 363


def test_every_seed_has_its_own_order():
    names = [f'{index}' for index in range(20)]
    orders = [order(names, seed) for seed in (None, 0, 1)]
    assert all(sorted(one) == list(range(20)) for one in orders)
    assert orders[0] != orders[1] != orders[2] and orders[1] == order(names, 0)


def test_so_many_of_each_class():
    chosen = candidates(many()).per_class(4)
    assert sorted(index % 3 for index in chosen) == [0] * 4 + [1] * 4 + [2] * 4
    assert chosen == sorted(chosen), 'in the order of their names'


def test_the_order_of_the_list_does_not_matter_and_the_seed_does():
    rows = many()
    names = [f'{index:03}' for index in range(len(rows))]
    turned = candidates(rows[::-1], names=names[::-1])
    of = {seed: {names[index] for index in candidates(rows, seed=seed).per_class(3)} for seed in (None, 1, 2)}
    assert {turned.names[index] for index in turned.per_class(3)} == of[None]
    assert len({frozenset(one) for one in of.values()}) == 3


def test_a_class_that_is_never_the_largest_gets_the_images_that_show_most_of_it():
    rows = [[0, 0.5, 0.1 + index / 100, 0] for index in range(6)] + [[0.4, 0, 0, 0.6]] * 2 + [[0.2, 0, 0.8, 0]]
    chosen = candidates(rows).per_class(2)
    largest = [np.argmax(rows[index]) for index in chosen]
    assert 8 in chosen, 'the one in which the dog is the largest'
    assert largest.count(1) == 3 and largest.count(3) == 2
    assert 5 in chosen or 4 in chosen, 'the cats with most of a dog beside them'


def test_longer_lists_contain_the_shorter_ones():
    rows = np.random.default_rng(0).dirichlet(np.full(4, 0.3), 200)
    rows[:, 3] *= 0.02  # rarely the largest
    sets = [set(candidates(rows.tolist()).per_class(count)) for count in (1, 2, 5, 10, 20)]
    assert all(short < long for short, long in itertools.pairwise(sets))
    sets = [set(candidates(rows.tolist()).cover(count)) for count in (1, 2, 5, 9, 20)]
    assert all(short < long for short, long in itertools.pairwise(sets))


def test_only_the_seen_classes():
    rows = many()
    chosen = candidates(rows).per_class(5, only=['cat', 'dog'])
    assert len(chosen) == 10
    assert all(rows[index][3] == 0 for index in chosen), 'not a pixel of a bus'
    with pytest.raises(UserError, match='only: horse is not among the classes background, cat'):
        candidates(rows).per_class(5, only=['horse'])


def test_images_of_many_classes_are_left_out():
    rows = many()
    chosen = candidates(rows).per_class(5, max_classes=1)
    assert all(index % 5 for index in chosen)
    assert any(index % 5 == 0 for index in candidates(rows, min_fraction=0.02).per_class(16, max_classes=1)), (
        'a hundredth of the image does not count'
    )


def test_a_class_must_cover_a_fraction():
    rows = [[0.99, 0.01, 0, 0]] * 10 + [[0.5, 0.5, 0, 0]] * 3 + [[0, 0, 1, 0], [0, 0, 0, 1]] * 3
    assert {11, 12, 10} <= set(candidates(rows, min_fraction=0.1).per_class(3))
    with pytest.raises(UserError, match='class cat has 3 images of its own, fewer than per_class=4'):
        candidates(rows, min_fraction=0.1).per_class(4)


def test_nine_images_show_every_class():
    """As Cityscapes: some classes are in every image, others in one of fifty."""
    random = np.random.default_rng(1)
    frequency = np.array([1, 1, 0.9, 0.5, 0.3, 0.1, 0.05, 0.02, 0.02])
    shown = (random.random((500, 9)) < frequency) * 0.1
    chosen = Candidates(
        names=[f'{index:05}' for index in range(500)], fractions=shown, classes=[f'{index}' for index in range(9)]
    ).cover(9)
    times = (shown[chosen] > 0).sum(axis=0)
    assert len(set(chosen)) == 9 and times.min() >= 2, times
    with pytest.raises(UserError, match='cover is 7, but the list has 6 images'):
        candidates(many(6)).cover(7)


def test_balanced_takes_what_shows_the_classes_that_are_rarest():
    """All images show cats, every third dogs, every sixth buses: of six that are balanced three show each."""
    rows = [[0.2, 0.5, 0.2 * (index % 3 == 0), 0.1 * (index % 6 == 1)] for index in range(48)]
    chosen = candidates(rows).balanced(6, min_classes=2)
    shown = np.array(rows)[chosen][:, 1:] > 0
    assert (shown.sum(axis=1) == 2).all() and shown[:, 1:].sum(axis=0).tolist() == [3, 3]
    assert set(chosen) <= set(candidates(rows).balanced(8, min_classes=2)), 'longer lists contain the shorter ones'
    assert candidates(rows, seed=1).balanced(6, min_classes=2) != chosen


def test_balanced_says_which_class_is_missing():
    rows = [[0.2, 0.5, 0.3, 0.1 * (index == 0)] for index in range(9)]
    # one image with a bus; then one without for each class, and no further one shows a bus
    with pytest.raises(UserError, match=r'fewer than balanced=9: no further one that shows 2 classes shows bus'):
        candidates(rows).balanced(9, min_classes=2)
