"""Prompts of the built-in world: in the words of its captions, balanced over its classes."""

from collections import Counter

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompts.base import build_prompts
from mmdatasetdm.generation.prompts.text import find_classes
from mmdatasetdm.toyroom import captions as toyroom_captions
from mmdatasetdm.toyroom.prompts import numbers_of_objects


@pytest.mark.parametrize('style', toyroom_captions.STYLES)
def test_toyroom_prompts_speak_the_captions_grammar(style):
    prompts = build_prompts(dict(type='toyroom', style=style), seed=0)
    drawn = [prompts(i) for i in range(1200)]
    counts = Counter(name for prompt in drawn for name in prompt.classes)
    assert set(counts) == set(toyroom_captions.CLASSES[1:])
    assert max(counts.values()) < 1.3 * min(counts.values()), 'balanced'
    # "two puppys": the grammar's own plurals, which the generator has learnt
    words = {name: [*words, *(f'{word}s' for word in words)] for name, words in toyroom_captions.SYNONYMS.items()}
    for prompt in drawn:
        assert prompt.text.startswith(f'a {style} with ') or prompt.text.endswith(f' in a {style}')
        named = find_classes(prompt.text, toyroom_captions.CLASSES[1:], words)
        assert set(named) == set(prompt.classes), prompt
    assert {len(prompt.classes) for prompt in drawn} == {1, 2, 3, 4}
    assert any(' two ' in f' {prompt.text}' for prompt in drawn)


@pytest.mark.parametrize('options', [{}, dict(counts=(0.9, 0.1), repeat=0.5)])
def test_toyroom_classes_are_balanced_within_a_percent(options):
    prompts = build_prompts(dict(type='toyroom', **options), seed=3)
    drawn = [prompts(i).classes for i in range(1000)]
    counts = Counter(name for names in drawn for name in names)
    mean = sum(counts.values()) / len(toyroom_captions.CLASSES[1:])
    assert all(abs(count / mean - 1) <= 0.01 for count in counts.values()), counts
    assert all(len(set(names)) == len(names) for names in drawn)
    pairs = Counter(frozenset(names[:2]) for names in drawn if len(names) > 1)
    assert len(pairs) == 66 or options.get('repeat'), 'any two classes meet'


def test_toyroom_numbers_of_objects():
    numbers = numbers_of_objects((0.5, 0.35, 0.15), 0.12, classes=12)
    assert len(numbers) == 1000
    objects = Counter(map(sum, numbers))
    assert objects == {1: 500, 2: 350, 3: 150}
    assert Counter(numbers)[2,] == 42 and Counter(numbers)[1, 1, 1] == 116
    assert max(map(max, numbers_of_objects((0, 0, 0, 1), 1.0, classes=12))) == 3, 'as in the rendered scenes'
    assert set(map(len, numbers_of_objects((0, 0, 1), 0.0, classes=2))) == {2}, 'there are no more'


def test_toyroom_views_may_be_near():
    prompts = build_prompts(dict(type='toyroom', near=0.5), seed=0)
    share = sum(prompts(i).text.startswith('near ') for i in range(400)) / 400
    assert 0.4 < share < 0.6
    with pytest.raises(UserError, match=r'prompts\.near is 2'):
        build_prompts(dict(type='toyroom', near=2), seed=0)


def test_toyroom_views_may_be_near_for_some_classes():
    prompts = build_prompts(dict(type='toyroom', counts=(0.5, 0.5), near=dict(dog=1.0, vase=1.0)), seed=0)
    drawn = [prompts(i) for i in range(200)]
    near = [p for p in drawn if p.text.startswith('near ')]
    assert near == [p for p in drawn if {'dog', 'vase'} & set(p.classes)]
    assert 0 < len(near) < 200
    with pytest.raises(UserError, match=r'prompts\.near\.dog is -1; it must be 0 or more'):
        build_prompts(dict(type='toyroom', near=dict(dog=-1)), seed=0)
    with pytest.raises(UserError, match=r"prompts\.near names 'unicorn'"):
        build_prompts(dict(type='toyroom', near=dict(unicorn=1)), seed=0)


def test_toyroom_mistakes():
    with pytest.raises(UserError, match=r"has no 'unicorn'; it has person, chair"):
        build_prompts(dict(type='toyroom', classes=['unicorn']), seed=0)
    with pytest.raises(UserError, match=r"style is 'beach'; known are 'room', 'street'"):
        build_prompts(dict(type='toyroom', style='beach'), seed=0)
