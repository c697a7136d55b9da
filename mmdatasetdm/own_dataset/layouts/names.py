"""Lists of classes as people keep them beside their labels: a name a line, perhaps with a number or a colour."""

from __future__ import annotations

import re
from pathlib import Path

from mmdatasetdm.datasets.lists import read_list
from mmdatasetdm.errors import UserError

_FILES = (
    'classes.txt',
    'labelmap.txt',
    'class_names.txt',
    'label_names.txt',
    'labels.txt',
    'names.txt',
    'obj.names',
    'classes.names',
    'label_colors.txt',
    'class_list.txt',
)
_CVAT = re.compile(r'^(?P<name>[^:]+):(?P<colour>\d+,\d+,\d+)?:.*$')
_COLOUR_BEHIND = re.compile(r'^(?P<name>.*\D)[\s,;]+(?P<colour>\d+[\s,]+\d+[\s,]+\d+)$')
_COLOUR_BEFORE = re.compile(r'^(?P<colour>\d+[\s,]+\d+[\s,]+\d+)\s+(?P<name>\D.*)$')
_NUMBERED = re.compile(r'^\d+\s*[:.,;\s]\s*(?P<name>\D.*)$')


def class_list_file(root: Path) -> Path | None:
    """The list beside the labels, by its usual names or any ``*classes*.txt``; None: there is none."""
    for name in _FILES:
        if (root / name).is_file():
            return root / name
    return next(iter(sorted([*root.glob('*classes*.txt'), *root.glob('*/classes.txt')])), None)


def class_list(root: Path) -> list[str]:
    """The names in the list beside the labels; empty: there is none."""
    path = class_list_file(root)
    return [] if path is None else read_classes(path)[0]


def read_classes(path: Path) -> tuple[list[str], list[tuple[int, int, int]]]:
    """Names and, where every line has one, colours.

    Lines may be ``name``, ``3 name``, ``3: name``, ``name 128 0 64``, ``128 0 64 name``, or CVAT's
    ``name:128,0,64::``.

    Raises:
        UserError: the file is absent or empty, or two lines have one name or colour.
    """
    names, colours = [], []
    for line in read_list(path):
        if line.startswith('#'):
            continue
        match = next((m for p in (_CVAT, _COLOUR_BEHIND, _COLOUR_BEFORE) if (m := p.match(line))), None)
        if match:
            names.append(match['name'].strip(' ,;\t'))
            if match['colour']:
                r, g, b = map(int, re.findall(r'\d+', match['colour']))
                colours.append((r, g, b))
        else:
            numbered = _NUMBERED.match(line)
            names.append(numbered['name'].strip() if numbered else line)
    if not names:
        raise UserError(f'{path} is empty: it must name a class a line')
    check_names(names, str(path))
    if len(colours) != len(names):
        colours = []
    twice = next((colour for colour in colours if colours.count(colour) > 1), None)
    if twice is not None:
        same = [name for name, colour in zip(names, colours, strict=True) if colour == twice]
        raise UserError(f'{path}: {same[0]} and {same[1]} have one colour, {twice}')
    return names, colours


def check_names(names: list[str], where: str) -> None:
    """UserError where a class is named twice, or by nothing."""
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UserError(f'{where}: class {twice} is named {names.count(twice)} times')
    wrong = next((name for name in names if not name.strip() or not name.isprintable() or '\n' in name), None)
    if wrong is not None:
        raise UserError(f'{where}: {wrong!r} is no name of a class')
