"""The prompts that go with a person's classes."""

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompts.file import FilePrompts
from mmdatasetdm.own_dataset.prompts import is_person, prompt_file, theme_of
from mmdatasetdm.own_dataset.words import word_of


def made(tmp_path, *names: str, given=None, **options):
    words = {name: (given or {}).get(name) or word_of(name) for name in names}
    options = dict(every=list(words.values()), generator='toyroom') | options
    found = prompt_file(names, words=words, given=given or {}, **options)
    (tmp_path / 'prompts.txt').write_text(found.text)
    return found, FilePrompts(path=str(tmp_path / 'prompts.txt'))


def test_each_class_has_its_sentences_and_is_found_in_them_again(tmp_path):
    found, prompts = made(tmp_path, 'TrafficLight', 'Dog', 'excavator')
    assert prompts.classes == ('TrafficLight', 'Dog', 'excavator') and len(prompts) == found.count == 300
    texts = [prompt.text for prompt in prompts.prompts]
    assert len(set(texts)) == 300
    for number, name in enumerate(prompts.classes):
        assert all(name in prompt.classes for prompt in prompts.prompts[number::3])
    assert any('traffic light' in text for text in texts) and any('puppy' in text for text in texts)
    assert 'TrafficLight' not in ''.join(texts)


def test_a_given_word_is_the_only_one(tmp_path):
    _, prompts = made(tmp_path, 'Dog', 'hund', given=dict(hund='poodle', Dog='mastiff'))
    assert all('puppy' not in prompt.text and 'mastiff' in prompt.text for prompt in prompts.prompts[::2])
    assert all('hund' in prompt.classes and 'poodle' in prompt.text for prompt in prompts.prompts[1::2])


def test_many_classes_have_fewer_sentences(tmp_path):
    found, _ = made(tmp_path, *(f'gadget{letter}' for letter in 'abcdefghijklmnopqrstuvwxyz'))
    assert found.count == 26 * 76


def test_streets_have_sentences_of_streets(tmp_path):
    words = ['sky', 'building', 'pole', 'road', 'pavement', 'tree', 'sign symbol', 'fence', 'car', 'pedestrian']
    assert theme_of(words) == 'cityscapes' and theme_of(['car', 'person']) is None and theme_of(['dog'] * 9) is None
    found, prompts = made(tmp_path, 'SignSymbol', 'Tree', every=words)
    texts = ' '.join(prompt.text for prompt in prompts.prompts)
    assert found.theme == 'cityscapes' and 'street' in texts and 'indoors' not in texts


def test_persons_by_other_names():
    assert is_person('person') and is_person('Human') and not is_person('robot')


def test_a_class_that_no_prompt_can_name(tmp_path):
    with pytest.raises(
        UserError, match='no prompt can name the class ???: give another word, --word'.replace('?', r'\?')
    ):
        made(tmp_path, '???', 'dog')


def test_a_theme_whose_sentences_are_too_long_for_the_generator(tmp_path):
    """The sentences of poses are longer than what the built-in generator reads: general ones take their place."""
    found, prompts = made(tmp_path, 'person', theme='pose')
    assert found.count == 100 and len({prompt.text for prompt in prompts.prompts}) == 100
