"""The captions that the generator was trained on."""

import random

from mmdatasetdm.toyroom.captions import CLASSES, FREQUENCY, PALETTE, SYNONYMS, caption, phrase


def test_phrases_agree_in_number_and_article():
    assert phrase('chair', 'red', 1) == 'a red chair'
    assert phrase('ball', 'orange', 1) == 'an orange ball'
    assert phrase('person', None, 2) == 'two people'
    assert phrase('couch', 'blue', 3) == 'three blue couches'


def test_every_class_has_a_colour_a_frequency_and_a_synonym():
    assert len(PALETTE) == len(CLASSES) == len(set(PALETTE))
    assert set(FREQUENCY) == set(SYNONYMS) == set(CLASSES[1:])
    assert max(FREQUENCY.values()) / min(FREQUENCY.values()) > 5  # long-tailed


def test_a_caption_names_every_object_once_and_its_place():
    text = caption([('dog', None), ('chair', 'red'), ('dog', None)], 'street', random.Random(0), synonyms=0)
    assert text.count('two dogs') == 1
    assert text.count('a red chair') == 1
    assert 'street' in text


def test_objects_of_one_class_keep_a_common_colour_only():
    same = caption([('ball', 'red'), ('ball', 'red')], 'room', random.Random(0), synonyms=0)
    mixed = caption([('ball', 'red'), ('ball', 'blue')], 'room', random.Random(0), synonyms=0)
    assert 'two red balls' in same
    assert 'two balls' in mixed


def test_synonyms_are_used_when_asked_for():
    texts = [caption([('sofa', None)], 'room', random.Random(i), synonyms=1) for i in range(5)]
    assert all('couch' in text for text in texts)
    assert caption([], 'room', random.Random(0)) == 'an empty room'


def test_a_near_view_is_said_first():
    far, near = (caption([('dog', 'red')], 'room', random.Random(3), synonyms=0, near=near) for near in (False, True))
    assert near == f'near {far}'
