"""Classes are found in a sentence as a reader finds them."""

import pytest

from mmdatasetdm.generation.prompts.text import find_classes, plurals


def test_whole_words_and_longer_phrases_first():
    classes, phrases = ('table', 'diningtable', 'cat', 'person'), dict(diningtable=['dining table'], person=['man'])
    assert find_classes('People at dining tables, a CAT', classes, phrases) == ('person', 'diningtable', 'cat')
    assert find_classes('a catalogue of manners', classes, phrases) == ()
    dogs = ('dog', 'hot dog')
    assert find_classes('a hot dog', dogs, {}) == ('hot dog',)
    assert find_classes('a dog with a hot dog', dogs, {}) == ('dog', 'hot dog')
    assert find_classes('something hot, dog on a chair', dogs, {}) == ('dog',)


@pytest.mark.parametrize(
    ('text', 'name'),
    [
        ('two persons in a room', 'person'),
        ('some people', 'person'),
        ('children at play', 'child'),
        ('three mice', 'mouse'),
        ('a floor of leaves', 'leaf'),
        ('empty shelves', 'shelf'),
        ('knives', 'knife'),
        ('a flock of sheep', 'sheep'),
        ('double-decker buses', 'bus'),
        ('cacti in pots', 'cactus'),
        ('cactuses in pots', 'cactus'),
        ('a potted plant', 'potted_plant'),
        ('potted plants', 'potted-plant'),
        ('potted-plants by a wall', 'potted plant'),
        ('a traffic   light', 'traffic-light'),
        ('T-shirts on a line', 'T-Shirt'),
        ("the dog's bowl", 'dog'),
        ('Cafés', 'café'),
    ],
)
def test_plurals_and_spellings(text, name):
    assert find_classes(text, (name, 'yak'), {}) == (name,)
    assert find_classes(text, ('yak', 'thing'), dict(thing=[name])) == ('thing',)


def test_names_that_are_no_words():
    assert find_classes('a cat, and: 5 + 5', ('+', '', '__', 'cat', '猫'), {}) == ('cat',)
    assert plurals('+') == ()
    assert find_classes('a cat', (), {}) == ()


def test_a_name_is_before_the_phrase_of_another_class():
    assert find_classes('a couch', ('sofa', 'couch'), dict(sofa=['couch'])) == ('couch',)
