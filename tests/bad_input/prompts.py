"""Wrong inputs of tools/prompts.py."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bad_input.case import Case

RECIPE = 'configs/generate/voc.py'


def check(content: str | bytes, *options: str, recipe: str | None = None) -> Callable[[Path], Sequence[str]]:
    """``check`` of a file with this content, and of a recipe with that one."""

    def args(folder: Path) -> Sequence[str]:
        (folder / 'prompts.txt').write_bytes(content if isinstance(content, bytes) else content.encode())
        more = []
        if recipe is not None:
            (folder / 'recipe.py').write_text(recipe)
            more = ['--recipe', str(folder / 'recipe.py')]
        return ['check', str(folder / 'prompts.txt'), *more, *(option.format(folder=folder) for option in options)]

    return args


def make_over(name: str) -> Callable[[Path], Sequence[str]]:
    """``make`` into a place where something is."""

    def args(folder: Path) -> Sequence[str]:
        (folder / 'mine.txt').write_text('mine')
        return ['make', RECIPE, '--num', '2', '--out', str(folder / name)]

    return args


def write(*options: str, out: str = 'prompts.txt') -> Callable[[Path], Sequence[str]]:
    """``write`` for the data set VOC."""

    def args(folder: Path) -> Sequence[str]:
        (folder / 'mine.txt').write_text('mine')
        return ['write', 'voc', '--out', str(folder / out), *options]

    return args


CASES = [
    Case('no command', 'prompts', [], ('required: command',)),
    Case('another command', 'prompts', ['polish'], ("invalid choice: 'polish'", 'show')),
    Case('no such theme', 'prompts', ['write', 'vocs', '--out', 'x'], ("no grammar 'vocs'", 'cityscapes')),
    Case('answers without a model', 'prompts', write('--answers', 'x'), ('--answers', 'give --model too')),
    Case('a price in words', 'prompts', write('--model', 'm', '--price', 'cheap'), ('--price is cheap', '2.5,10')),
    Case('one price', 'prompts', write('--model', 'm', '--price', '2'), ('--price is 2', '2.5,10')),
    Case(
        'no time for an answer', 'prompts', write('--model', 'm', '--timeout', '0'), ('--timeout is 0', 'more than 0')
    ),
    Case('a model over a file', 'prompts', write('--model', 'm', out='mine.txt'), ('mine.txt exists already',)),
    Case('show no recipe', 'prompts', ['show', 'nothing.py'], ('no recipe nothing.py',)),
    Case('show a folder', 'prompts', lambda folder: ['show', str(folder)], ('no recipe',)),
    Case('show fewer than none', 'prompts', ['show', RECIPE, '--num', '-1'], ('--num is -1', '0 or more')),
    Case('count no prompts', 'prompts', ['show', RECIPE, '--count', '0'], ('--count is 0', '1 or more')),
    Case('make none', 'prompts', ['make', RECIPE, '--num', '0', '--out', 'x'], ('--num is 0', '1 or more')),
    Case('make some', 'prompts', ['make', RECIPE, '--num', 'some', '--out', 'x'], ('--num', "'some'")),
    Case('make over a file', 'prompts', make_over('mine.txt'), ('mine.txt exists already', 'delete it')),
    Case('make over a folder', 'prompts', make_over(''), ('is a folder', 'give a file')),
    Case('make below a file', 'prompts', make_over('mine.txt/x'), ('mine.txt/x cannot be written', 'in its way')),
    Case('check no file', 'prompts', ['check', 'nothing.txt'], ('nothing.txt cannot be read', 'No such file')),
    Case('check a folder', 'prompts', lambda folder: ['check', str(folder)], ('cannot be read', 'directory')),
    Case('an empty file', 'prompts', check('\n \n'), ('is empty', 'one prompt a line')),
    Case('a picture', 'prompts', check(b'\x89PNG\r\n\0'), ('is not UTF-8 text',)),
    Case('another encoding', 'prompts', check('Käse'.encode('utf-16')), ('is not UTF-8 text',)),
    Case(
        'talk alone', 'prompts', check('Human: hi\nSure, here they are:\n'), ('no line is a prompt', '2 are left out')
    ),
    Case('no class named', 'prompts', check('a yak\n', '--classes', 'cat,dog'), ('no line names any', 'cat, dog')),
    Case('JSON without text', 'prompts', check('{"classes": []}'), ('line 1 is not {"text"',)),
    Case('broken JSON', 'prompts', check('a cat\n{"text": "a'), ('line 2 is not {"text"',)),
    Case('JSON with an empty text', 'prompts', check('{"text": " ", "classes": []}'), ('line 1 has no text',)),
    Case('a class for a list', 'prompts', check('{"text": "a", "classes": "cat"}'), ('"cat"', 'a list of names')),
    Case('numbers for classes', 'prompts', check('{"text": "a", "classes": [1]}'), ('[1]', 'a list of names')),
    Case('half a character', 'prompts', check('{"text": "\\ud83d", "classes": []}'), ('line 1', 'half of a character')),
    Case('no words allowed', 'prompts', check('a cat', '--max-words', '0'), ('--max-words is 0', '1 or more')),
    Case('no name in --classes', 'prompts', check('a cat', '--classes', ' , '), ("--classes ' , '", 'commas')),
    Case(
        'both recipe and classes',
        'prompts',
        check('a cat', '--classes', 'cat', recipe=''),
        ('--classes: not allowed with argument --recipe',),
    ),
    Case('a recipe without prompts', 'prompts', check('a cat', recipe='seed = 1'), ("'prompts' is missing",)),
    Case('prompts that are a number', 'prompts', check('a cat', recipe='prompts = 7'), ('prompts is 7', 'dict')),
    Case(
        'classes that are a number',
        'prompts',
        check('a cat', recipe="prompts = dict(type='file', path='x', classes=5)"),
        ('prompts.classes is 5', 'a list'),
    ),
    Case(
        'a phrase for a list',
        'prompts',
        check('a cat', recipe="prompts = dict(type='file', path='x', classes=['cat'], phrases=dict(cat='kitten'))"),
        ('prompts.phrases.cat', 'a list'),
    ),
    Case('a recipe with a fault', 'prompts', check('a cat', recipe='x = y'), ('recipe.py cannot be read', 'line 1')),
    Case('check over its own file', 'prompts', check('a cat', '--out', '{folder}/prompts.txt'), ('exists already',)),
]
