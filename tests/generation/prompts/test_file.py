"""Prompts from files: a line a sample, and honest about bad files."""

from collections import Counter

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompts.base import Prompt, build_prompts
from mmdatasetdm.generation.prompts.grammar import THEMES, load_grammar
from mmdatasetdm.generation.prompts.text import find_classes, read_header, read_prompt_lines
from mmdatasetdm.utils.paths import shipped_prompts
from tools.prompts import main

VOC = ('cat', 'dog', 'diningtable', 'person', 'sheep', 'bus')


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


def test_the_first_line_says_the_classes(tmp_path):
    path = tmp_path / 'prompts.txt'
    header = '{"classes": ["cat", "tvmonitor"], "phrases": {"tvmonitor": ["television"]}}\n'
    path.write_text(f'{header}a cat\ntwo televisions\n')
    prompts = build_prompts(dict(type='file', path=str(path)), seed=0)
    assert prompts.classes == ('cat', 'tvmonitor') and prompts.phrases == dict(tvmonitor=['television'])
    assert [prompts(i).classes for i in range(3)] == [('cat',), ('tvmonitor',), ('cat',)]
    prompts = build_prompts(dict(type='file', path=str(path), classes=['cat']), seed=0)
    assert prompts.classes == ('cat',) and prompts.phrases == {} and prompts(1).classes == ()
    path.write_text(header)
    with pytest.raises(UserError, match='has no prompt below its first line'):
        build_prompts(dict(type='file', path=str(path)), seed=0)


def test_weights(tmp_path):
    path = tmp_path / 'prompts.txt'
    path.write_text('a cat\na dog\na small dog\na dog and a cat\na tree\n')
    options = dict(type='file', path=str(path), classes=VOC)
    prompts = build_prompts({**options, 'weights': dict(cat=3)}, seed=0)
    texts = [prompts(i).text for i in range(8)]
    assert sorted(texts) == sorted(['a cat', 'a dog and a cat'] * 3 + ['a dog', 'a small dog']), 'each class in turn'
    assert prompts.identity != build_prompts(options, seed=0).identity
    prompts = build_prompts({**options, 'weights': dict(cat=0)}, seed=0)
    assert [prompts(i).text for i in range(4)] == ['a dog', 'a small dog', 'a dog and a cat', 'a dog']
    for weights, message in (
        (dict(bus=2), "names 'bus', but no line of"),
        (dict(yak=2), "names 'yak', which is not among"),
        (dict(cat=0, dog=0), 'no class to draw from'),
    ):
        with pytest.raises(UserError, match=message):
            build_prompts({**options, 'weights': weights}, seed=0)


def test_the_files_that_come_with_the_package():
    """At least 100 sentences for each class of each data set, and small enough to come with every installation."""
    shipped = shipped_prompts()
    assert set(shipped) == set(THEMES)
    assert sum(path.stat().st_size for path in shipped.values()) < 1.5e6
    for name in ('voc', 'nyu', 'pose', 'fashion'):  # reading the largest takes seconds
        prompts = build_prompts(dict(type='file', path=name), seed=0)
        assert prompts.classes == load_grammar(name).classes
        counts = Counter(name for prompt in prompts.prompts for name in prompt.classes)
        assert min(counts[name] for name in prompts.classes) >= 100
        assert all(prompt.classes for prompt in prompts.prompts)


@pytest.mark.parametrize('name', ['coco', 'cityscapes'])
def test_the_largest_files_that_come_with_the_package(name):
    """Class after class in turns, 100 times, no sentence twice; every seventh is read, each class among them."""
    lines = [line for _, line in read_prompt_lines(shipped_prompts()[name])]
    header = read_header(lines[0])
    assert header is not None
    classes, phrases = header
    texts = lines[1:]
    assert classes == load_grammar(name).classes and len(set(texts)) == len(texts) == 100 * len(classes)
    for number in range(0, len(texts), 7):
        assert classes[number % len(classes)] in find_classes(texts[number], classes, phrases), texts[number]


def test_a_shipped_file_is_what_the_tool_writes(tmp_path):
    assert main(['write', 'pose', '--num', '100', '--out', str(tmp_path / 'pose.txt')]) == 0
    assert (tmp_path / 'pose.txt').read_bytes() == shipped_prompts()['pose'].read_bytes()


def test_missing_file(tmp_path):
    with pytest.raises(UserError, match=r'prompt file .*none.txt cannot be read: No such file'):
        build_prompts(dict(type='file', path=str(tmp_path / 'none.txt')), seed=0)
    with pytest.raises(UserError, match=r'vocs cannot be read: .*; with the package come cityscapes, coco, fashion'):
        build_prompts(dict(type='file', path='vocs'), seed=0)
