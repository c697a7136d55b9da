"""tools/prompts.py: what a language model wrote becomes a file of prompts; nothing of the person's is lost."""

import json
import time

import pytest

from tests.generation.prompts.test_chat import DIALOGUE
from tools import prompts as tool

RECIPE = 'configs/generate/voc.py'


@pytest.fixture
def dialogue(tmp_path):
    path = tmp_path / 'dialogue.txt'
    path.write_text('\n\n'.join(DIALOGUE), encoding='utf-8')
    return path


def read(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding='utf-8').splitlines()]


def test_check_the_papers_dialogue(dialogue, tmp_path, capsys):
    out = tmp_path / 'made/prompts.jsonl'
    assert tool.main(['check', str(dialogue), '--recipe', RECIPE, '--out', str(out)]) == 0
    assert [(entry['text'][:11], entry['classes']) for entry in read(out)] == [
        ('A red sport', ['car']),
        ('A blazing r', ['car']),
        ('A trio of v', ['car']),
    ]
    said = capsys.readouterr().out
    assert 'left out: line 13 names no class: A blue family sedan' in said
    assert 'left out: line 5 is talk of a chat' in said
    assert '3 prompts are usable, 9 are left out' in said


def test_check_a_file_alone(dialogue, tmp_path, capsys):
    """Prompts of no class, as for depth and pose (DatasetDM supp. table 10)."""
    out = tmp_path / 'prompts.jsonl'
    assert tool.main(['check', str(dialogue), '--out', str(out)]) == 0
    assert '4 prompts are usable' in capsys.readouterr().out
    assert [entry['classes'] for entry in read(out)] == [[]] * 4


def test_a_recipe_without_classes(tmp_path, capsys):
    recipe, text = tmp_path / 'depth.py', tmp_path / 'nyu.txt'
    recipe.write_text("generator = 'toyroom'\nprompts = dict(type='file', path='not-there-yet.jsonl')\n")
    text.write_text('A kitchen with white cabinets.\nA bedroom with a queen-size bed.\n')
    assert tool.main(['check', str(text), '--recipe', str(recipe)]) == 0
    assert '2 prompts are usable, 0 are left out\n' in capsys.readouterr().out


def test_check_says_what_is_not_read(tmp_path, capsys):
    text = tmp_path / 'long.txt'
    text.write_text(f'a car\na bus {"in a street, " * 25}with a person\n')
    assert tool.main(['check', str(text), '--classes', 'car,bus,person', '--max-words', '100']) == 0
    said = capsys.readouterr().out
    assert 'warning: line 2 names person behind the last token that the text encoder reads' in said
    assert '1 prompts are so long' in said


def test_a_file_without_line_ends_takes_no_time(tmp_path, capsys):
    text = tmp_path / 'long.txt'
    text.write_text('a cat on a table with a dog. ' * 700_000 + '\na cat\n')
    start = time.process_time()
    assert tool.main(['check', str(text), '--classes', 'cat,dog']) == 0
    assert time.process_time() - start < 5
    assert 'left out: line 1 has more than 5000 characters: a cat on a table' in capsys.readouterr().out


def test_an_existing_file_is_not_replaced(dialogue, tmp_path, capsys):
    out = tmp_path / 'prompts.jsonl'
    call = ['make', RECIPE, '--num', '3', '--out', str(out)]
    assert tool.main(call) == 0
    made = out.read_bytes()
    assert tool.main(call) == 0, 'the same again'
    out.write_bytes(made + b'a line of my own\n')
    assert tool.main(call) == 2
    assert tool.main(['check', str(dialogue), '--out', str(out)]) == 2
    assert out.read_bytes() == made + b'a line of my own\n'
    errors = capsys.readouterr().err.splitlines()
    assert errors == [f'error: --out {out} exists already: delete it, or give another name'] * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ['dialogue.txt', 'prompts.jsonl'], 'nothing is left over'


def test_write_by_the_grammar(tmp_path, capsys):
    out = tmp_path / 'prompts.jsonl'
    call = ['write', 'voc', '--classes', 'cat,traffic cone', '--num', '4', '--out', str(out)]
    assert tool.main(call) == 0
    assert all(name in entry['classes'] for entry, name in zip(read(out), ['cat', 'traffic cone'] * 4, strict=True))
    assert tool.main(call) == 0, 'the same again'
    assert tool.main([*call, '--seed', '1']) == 2
    assert tool.main(['write', '--out', str(out)]) == 2
    assert 'error: no classes are named' in capsys.readouterr().err
