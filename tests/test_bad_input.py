"""Every wrong input gets one clear line and exit status 2, whatever the tool; nothing is a traceback."""

import importlib
import logging
import pkgutil
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mmengine.logging import MMLogger

import tests.bad_input

TOOLS = Path(__file__).resolve().parents[1] / 'tools'
MODULES = [
    importlib.import_module(f'tests.bad_input.{module.name}')
    for module in pkgutil.iter_modules(tests.bad_input.__path__)
    if module.name != 'case'
]
CASES = [
    pytest.param(case, id=f'{case.tool}: {case.name}'.replace(' ', '-')) for module in MODULES for case in module.CASES
]


@pytest.fixture(autouse=True)
def loggers_of_its_own() -> Iterator[None]:
    """mmengine keeps its loggers, and each keeps the stream of the test in which it was made, which is closed."""
    others = dict(MMLogger._instance_dict)
    MMLogger._instance_dict.clear()
    for logger in (logging.root, *logging.root.manager.loggerDict.values()):  # of other libraries
        for handler in getattr(logger, 'handlers', ()):
            if type(handler) is logging.StreamHandler:
                handler.stream = sys.stderr  # setStream would flush the closed one
    yield
    MMLogger._instance_dict.clear()
    MMLogger._instance_dict.update(others)


@pytest.mark.parametrize('case', CASES)
def test_a_wrong_input_gets_one_line(case, tmp_path, monkeypatch, capfd):
    args = case.args(tmp_path) if callable(case.args) else case.args
    monkeypatch.setattr(sys, 'argv', [str(TOOLS / f'{case.tool}.py'), *map(str, args)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(sys.argv[0], run_name='__main__')
    said = capfd.readouterr()
    lines = [line for line in said.err.splitlines() if 'error: ' in line]
    assert ended.value.code == 2, said.err
    assert len(lines) == 1, said.err
    assert 'Traceback' not in said.err
    for word in case.words:
        assert word in lines[0]
