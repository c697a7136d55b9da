"""Prompts: functions of the sample id, balanced over the classes, and honest about bad files."""

from collections import Counter

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompts.base import ClassDeck, build_prompts
from mmdatasetdm.generation.prompts.text import Prompt, find_classes
from mmdatasetdm.toyroom import captions as toyroom_captions

VOC = ('cat', 'dog', 'diningtable', 'person', 'sheep', 'bus')


def template(**options):
    return build_prompts(dict(type='template', classes=VOC, **options), seed=options.pop('seed', 0))


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


def test_a_prompt_is_a_function_of_seed_and_id():
    first, second = template(), template()
    assert [first(i) for i in range(40)] == [second(i) for i in reversed(range(40))][::-1]
    other = build_prompts(dict(type='template', classes=VOC), seed=1)
    assert [first(i).text for i in range(40)] != [other(i).text for i in range(40)]


def test_template_text_and_classes():
    prompts = template(
        templates=('a photo of {objects} {place}',),
        slots=dict(place=('at home',)),
        phrases=dict(diningtable=('dining table',)),
    )
    for i in range(100):
        prompt = prompts(i)
        assert prompt.text.startswith('a photo of a') and prompt.text.endswith(' at home')
        assert find_classes(prompt.text, VOC, prompts.phrases) == prompt.classes


def test_template_mistakes():
    with pytest.raises(UserError, match=r"'a \{thing\}' needs \{objects\}"):
        template(templates=('a {thing}',))
    with pytest.raises(
        UserError, match=r"prompts .type 'template'. has no option 'temples'; known are classes, templates"
    ):
        template(temples=())
    with pytest.raises(UserError, match=r"prompts .type 'template'. needs 'classes'"):
        build_prompts(dict(type='template'), seed=0)
    with pytest.raises(UserError, match=r"prompts.type is 'llm'; known are 'template', 'file', 'toyroom'"):
        build_prompts(dict(type='llm'), seed=0)


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


def test_file(tmp_path):
    path = tmp_path / 'prompts.txt'
    path.write_text(
        'two cats on a dining table\n\n{"text": "ein Bus in Köln", "classes": ["bus"]}\na tree\n', encoding='utf-8'
    )
    options = dict(type='file', path=str(path), classes=VOC, phrases=dict(diningtable=['dining table']))
    prompts = build_prompts(options, seed=0)
    assert [prompts(i).classes for i in range(4)] == [('cat', 'diningtable'), ('bus',), (), ('cat', 'diningtable')]
    assert prompts(1).text == 'ein Bus in Köln'
    before = prompts.identity
    path.write_text('a dog\n')
    assert build_prompts(options, seed=0).identity != before, 'the content counts, not the name'


@pytest.mark.parametrize(
    'content, message',
    [
        (b'', 'is empty; give one prompt a line'),
        (b' \n\n', 'is empty'),
        (b'\x89PNG\r\n\x1a\n\0\0', 'is not UTF-8 text'),
        ('ein Käfer'.encode('latin-1'), 'is not UTF-8 text'),
        (b'{"text": "a cat"}', 'line 1 is not {"text"'),
        (
            b'a cat\n{"text": "a yak", "classes": ["yak"]}',
            "line 2 names the class 'yak', which is not among cat, dog",
        ),
        (b'{"text": "", "classes": ["cat"]}', 'line 1 has no text'),
        (b'{"text": "a cat", "classes": "cat"}', 'line 1: "classes" is "cat"; it must be a list of names'),
        (b'\n{"text": "a cat \\ud83d", "classes": ["cat"]}', 'line 2 holds half of a character'),
        (b'a cat\n' + b'a cat ' * 4_000_000, 'line 2 has 23999999 characters; a prompt has at most 5000'),
    ],
)
def test_bad_files(tmp_path, content, message):
    path = tmp_path / 'prompts.txt'
    path.write_bytes(content)
    with pytest.raises(UserError) as error:
        build_prompts(dict(type='file', path=str(path), classes=VOC), seed=0)
    assert message in str(error.value) and '\n' not in str(error.value)


def test_a_line_of_json_ends_at_the_line_end(tmp_path):
    """Python's splitlines parts at U+2028, U+0085 and form feeds too, which JSON and plain sentences may hold."""
    path = tmp_path / 'prompts.jsonl'
    path.write_text(
        '{"text": "a cat\u2028on a bus", "classes": ["cat", "bus"]}\r\na dog\x85in a bus\x0c\n', encoding='utf-8'
    )
    prompts = build_prompts(dict(type='file', path=str(path), classes=VOC), seed=0)
    assert [prompts(i).text for i in range(2)] == ['a cat on a bus', 'a dog in a bus']
    assert [prompts(i).classes for i in range(2)] == [('cat', 'bus'), ('dog', 'bus')]


def test_without_classes_every_line_is_a_prompt(tmp_path):
    path = tmp_path / 'nyu.txt'
    path.write_text('A kitchen with white cabinets.\nA bedroom with a queen-size bed.\n')
    prompts = build_prompts(dict(type='file', path=str(path)), seed=0)
    assert prompts.classes == () and prompts(1) == Prompt('A bedroom with a queen-size bed.', ())


def test_missing_file(tmp_path):
    with pytest.raises(UserError, match=r'prompt file .*none.txt cannot be read: No such file'):
        build_prompts(dict(type='file', path=str(tmp_path / 'none.txt')), seed=0)
