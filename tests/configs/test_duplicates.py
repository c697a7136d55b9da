"""A fact stands once: no two config files hold the same block of lines or the same long list."""

import ast
import itertools
import re
from collections import defaultdict
from pathlib import Path

CONFIGS = Path(__file__).parents[2] / 'configs'
APART = {'template'}  # copied and filled in by its user, who wants to see all of it
FILES = [path for path in sorted(CONFIGS.rglob('*.py')) if not APART & set(path.parts)]
LONG = 6
BRACKETS = re.compile(r'(\w+ ?= ?)?(dict)?[(\[]|[)\],]+')


def lines(path: Path) -> list[str]:
    """The lines of a file that say something: no comments, no brackets that only open or close, no bases."""
    text = path.read_text()
    bases = {
        line
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], 'id', '') == '_base_'
        for line in range(node.lineno, node.end_lineno + 1)
    }
    said = [line.split('  # ')[0].strip() for i, line in enumerate(text.splitlines(), 1) if i not in bases]
    return [line for line in said if line and not line.startswith('#') and not BRACKETS.fullmatch(line)]


def lists(path: Path) -> set[str]:
    """The lists and tuples of LONG or more literals in a file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.List | ast.Tuple) and len(node.elts) >= LONG:
            try:
                found.add(str(list(ast.literal_eval(node))))
            except ValueError:
                continue
    return found


def names(path: Path) -> list[frozenset[str]]:
    """The lists of LONG or more texts in a file, as sets."""
    found = [ast.literal_eval(text) for text in lists(path)]
    return [frozenset(entry) for entry in found if all(isinstance(name, str) for name in entry)]


def shared(pieces) -> list[str]:
    places = defaultdict(set)
    for path in FILES:
        for piece in pieces(path):
            places[piece].add(path.name)
    return [f'{sorted(names)}: {piece}' for piece, names in places.items() if len(names) > 1]


def blocks(path: Path) -> set[str]:
    said = lines(path)
    return {'\n'.join(part) for part in itertools.zip_longest(*(said[i:] for i in range(LONG))) if None not in part}


def test_no_block_of_lines_stands_twice():
    found = shared(blocks)
    assert not found, '\n\n'.join(found)


def test_no_long_list_stands_twice():
    found = shared(lists)
    assert not found, '\n\n'.join(found)


def test_no_list_of_names_is_another_less_some():
    found = [(path.name, entry) for path in FILES for entry in names(path)]
    twice = [
        f'{first}, {second}: {sorted(one & other)}'
        for (first, one), (second, other) in itertools.combinations(found, 2)
        if first != second and len(one & other) >= 0.9 * min(len(one), len(other))
    ]
    assert not twice, '\n\n'.join(twice)
