"""Each folder's README.md has a row for every config, and numbers of the paper are the same wherever they stand."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from mmdatasetdm.study import load_study_config

CONFIGS = Path(__file__).parents[2] / 'configs'
FOLDERS = sorted(path.parent for path in CONFIGS.glob('*/README.md') if path.parent.name != 'template')
NUMBER = re.compile(r'(?<!supp\. )(?<![\d.])\d+\.\d(?![\d.])')


@pytest.mark.parametrize('folder', FOLDERS, ids=lambda folder: folder.name)
def test_every_config_is_named(folder):
    text = re.sub(r'```.*?```', '', (folder / 'README.md').read_text(encoding='utf-8'), flags=re.DOTALL)
    patterns = [name.removesuffix('.py') for name in re.findall(r'`([^`]+)`', text)]
    names = [path.stem for path in folder.glob('*.py')]
    absent = [name for name in names if not any(fnmatch(name, pattern) for pattern in patterns)]
    assert names and not absent


def test_the_papers_numbers_in_the_comments_of_configs_are_those_of_the_studies():
    """In a comment all settings of a model may be named; the configs of COCO's real classes name those of one class."""
    known: dict[str, set[str]] = {}
    studies = [
        path for path in (CONFIGS / 'studies').glob('*.py') if 'paper = dict(' in path.read_text(encoding='utf-8')
    ]
    for study in map(load_study_config, studies):
        for row in study.paper.rows:
            values = {f'{value:.1f}' for value in (*row.scores.values(), *row.classes.values())}
            known.setdefault(model_of(study.models[row.model][row.setting]), set()).update(values)
    compared = 0
    for path in CONFIGS.glob('*/*.py'):
        lines = path.read_text(encoding='utf-8').splitlines()
        found = [number for line in lines if line.startswith('#') for number in NUMBER.findall(line)]
        if model_of(str(path)) in known:
            assert set(found) <= known[model_of(str(path))], path
            compared += len(found)
    assert compared > 50


def model_of(path: str) -> str:
    """The name of a config without its setting."""
    name = Path(path).stem.replace('-agnostic', '').replace('368k', '40k')
    return re.sub(r'-(real-synthetic|real|synthetic)', '', name)
