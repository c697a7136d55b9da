"""Decks of classes: every class comes up equally often."""

from collections import Counter

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompts.base import ClassDeck


def test_deck_deals_every_class_equally():
    deck = ClassDeck('abcde', seed=1)
    first = [deck.first(i)[0] for i in range(50)]
    for start in range(0, 50, 5):
        assert sorted(first[start : start + 5]) == list('abcde')
    pairs = [deck.take(2 * i, 2, most=2) for i in range(1000)]
    assert all(len(set(pair)) == 2 for pair in pairs)
    counts = Counter(name for pair in pairs for name in pair)
    assert all(abs(count - 400) < 4 for count in counts.values()), counts


def test_deck_weights():
    deck = ClassDeck('abc', seed=0, weights=dict(a=3, c=0))
    assert Counter(deck.first(i)[0] for i in range(400)) == dict(a=300, b=100)
    assert set(deck.deal(2, 5)) | set(deck.deal(3, 5)) == {'a', 'b'}
    with pytest.raises(UserError, match=r"weights names 'z', which is not among the classes a, b"):
        ClassDeck('ab', seed=0, weights=dict(z=1))


@pytest.mark.parametrize('classes, most', [('abcdefghijklmnopqrst', 3), ('abcdefg', 2), ('abc', 1), ('ab', 2)])
def test_every_class_within_one_percent(classes, most):
    deck = ClassDeck(classes, seed=4)
    dealt = [deck.deal(sample_id, most) for sample_id in range(2000)]
    assert all(len(set(names)) == len(names) for names in dealt)
    assert set(Counter(map(len, dealt))) == set(range(1, most + 1))
    counts = Counter(name for names in dealt for name in names)
    mean = sum(counts.values()) / len(classes)
    assert all(abs(count / mean - 1) <= 0.01 for count in counts.values()), counts
    assert [deck.deal(sample_id, most) for sample_id in (1999, 7)] == [dealt[1999], dealt[7]], 'whatever the order'


def test_weights_are_kept_when_several_are_dealt():
    deck = ClassDeck('abcdefgh', seed=0, weights=dict(a=3, h=0))
    counts = Counter(name for sample_id in range(4000) for name in deck.deal(sample_id, 2))
    assert counts['h'] == 0 and counts['a'] / counts['b'] == pytest.approx(3, rel=0.2), (
        'a class gives way where a sample has it already'
    )
