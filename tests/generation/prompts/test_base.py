"""Decks of classes: every class comes up equally often."""

from collections import Counter

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompts.base import ClassDeck


def test_deck_deals_every_class_equally():
    deck = ClassDeck('abcde', seed=1)
    first = [deck.draw(i, 2)[0] for i in range(50)]
    for start in range(0, 50, 5):
        assert sorted(first[start : start + 5]) == list('abcde')
    pairs = [deck.draw(i, 2) for i in range(1000)]
    assert all(len(set(pair)) == 2 for pair in pairs)
    counts = Counter(name for pair in pairs for name in pair)
    assert all(abs(count - 400) < 40 for count in counts.values()), counts


def test_deck_weights():
    deck = ClassDeck('abc', seed=0, weights=dict(a=3, c=0))
    assert Counter(deck.draw(i, 1)[0] for i in range(400)) == dict(a=300, b=100)
    assert set(deck.draw(0, 5)) == {'a', 'b'}
    with pytest.raises(UserError, match=r"weights names 'z', which is not among the classes a, b"):
        ClassDeck('ab', seed=0, weights=dict(z=1))
