"""Prompts from files: a line a sample, and honest about bad files."""

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.prompts.base import Prompt, build_prompts

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


def test_missing_file(tmp_path):
    with pytest.raises(UserError, match=r'prompt file .*none.txt cannot be read: No such file'):
        build_prompts(dict(type='file', path=str(tmp_path / 'none.txt')), seed=0)
