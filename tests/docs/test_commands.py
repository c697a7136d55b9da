"""The documentation: each command is one that its tool takes and names files that are there; its Python is Python."""

from __future__ import annotations

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest
from mmengine.config import Config

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [
    REPOSITORY / 'README.md',
    REPOSITORY / 'CONTRIBUTING.md',
    *(page for folder in ('docs', 'configs', 'projects') for page in sorted((REPOSITORY / folder).rglob('*.md'))),
]
DECODERS = REPOSITORY / 'mmdatasetdm' / 'assets' / 'toyroom' / 'decoders'
# what stands for a file of the reader's
READERS_OWN = re.compile(r'^(work_dirs|data|my_project|models|my_images)\b|[A-Z]{3,}|answer\.txt')


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return re.findall(rf'^```{language}\n(.*?)^```', page.read_text(), re.DOTALL | re.MULTILINE)


def commands(page: Path) -> list[list[str]]:
    """The words of each command of a page: in its shell blocks, and in its sentences as `python …`."""
    lines = [line for block in blocks(page, 'sh') for line in block.replace('\\\n', ' ').splitlines()]
    sentences = re.sub(r'^```.*?^```', '', page.read_text(), flags=re.DOTALL | re.MULTILINE)
    lines += [command.replace('\n', ' ') for command in re.findall(r'`(python [^`]+)`', sentences)]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


TOOLS = [
    pytest.param(words[1:], id=f'{page.relative_to(REPOSITORY)}: {" ".join(words[1:])[:60]}')
    for page in PAGES
    for words in commands(page)
    if words[0] == 'python' and words[1].startswith(('tools/', 'demo/'))
]
TARGETS = {words[1] for page in PAGES for words in commands(page) if words[0] == 'make' and len(words) > 1}
PYTHON = [
    pytest.param(block, id=f'{page.name} {number}')
    for page in PAGES
    for number, block in enumerate(blocks(page, 'python'))
]


@pytest.mark.parametrize('words', TOOLS)
def test_a_command_is_one_that_its_tool_takes(words, monkeypatch):
    script, *arguments = words
    assert (REPOSITORY / script).is_file()
    monkeypatch.chdir(REPOSITORY)
    for before, word in zip([script, *arguments], arguments, strict=False):
        if before == '--out':  # is written
            continue
        for name in re.findall(r'[\w./-]+\.(?:py|json|txt|jsonl)\b', word):
            assert READERS_OWN.search(name) or Path(name).is_file(), f'{name} is not there'
    module = import_module(script.removesuffix('.py').replace('/', '.'))
    monkeypatch.setattr('sys.argv', [script, *arguments])
    args = module.parse_args()
    if script == 'tools/study.py' and args.config and not READERS_OWN.search(args.config):
        module.build_study(args)  # models, numbers of labels, settings and styles are ones of the study's config


def test_there_are_commands_and_targets():
    targets = set(re.findall(r'^([\w-]+):', (REPOSITORY / 'Makefile').read_text(), re.MULTILINE))
    assert len(TOOLS) > 40 and targets >= TARGETS > {'docs', 'test', 'lint'}


@pytest.mark.parametrize('block', PYTHON)
def test_python_of_a_page_is_python(block):
    """What is a part of a config is one that mmengine reads; what is a script compiles."""
    if block.startswith('train_dataloader'):
        Config.fromstring('train_pipeline = []\n' + block.replace('..., ', ''), '.py')
    else:
        compile(block, 'page', 'exec')


@pytest.mark.skipif(not (DECODERS / 'pose.safetensors').is_file(), reason='no decoders come with this checkout')
def test_python_of_the_inference_page_runs(tmp_path, monkeypatch):
    """With the decoders that come with the package, one block after the other."""
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for block in blocks(REPOSITORY / 'docs' / 'inference.md', 'python'):
        exec(compile(block, 'inference.md', 'exec'), names)
    assert (tmp_path / 'labelled' / 'predictions.json').is_file()


def test_the_architecture_page_names_what_is_there():
    """Each row of its tables: the file is in the package, and has what the row names first."""
    page = (REPOSITORY / 'docs' / 'architecture.md').read_text()
    rows = re.findall(r'^\| \d \| `([\w/]+\.py)`(?:, `([\w/]+\.py)`)? \|(?: `(\w+)`)?', page, re.MULTILINE)
    assert len(rows) == 20
    for first, second, name in rows:
        for path in filter(None, (first, second)):
            assert (REPOSITORY / 'mmdatasetdm' / path).is_file(), path
        if name:
            module = import_module('mmdatasetdm.' + first.removesuffix('.py').replace('/', '.'))
            assert hasattr(module, name), f'{first} has no {name}'
    for name in re.findall(r'\| `([A-Z_]+)` \| `[\w/]+\.py` \|', page):
        assert hasattr(import_module('mmdatasetdm.registry'), name)
