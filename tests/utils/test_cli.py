import os
import sys

import pytest

from mmdatasetdm.engine.launch import run_tool
from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import NOBODY_READS, mistakes_in_one_line


def tool(error: type[BaseException] | None = None, *, stopped: str | None = None):
    @mistakes_in_one_line(stopped=stopped)
    def main(argv: list[str] | None = None) -> int:
        if error is not None:
            raise error(f'{argv} is wrong')
        return 0

    return main


def test_a_mistake_is_one_line(capsys):
    assert tool()(['x']) == 0
    assert tool(UserError)(['x']) == 2
    assert capsys.readouterr() == ('', "error: ['x'] is wrong\n")


def test_an_interruption_is_told_or_passed_on(capsys):
    assert tool(KeyboardInterrupt, stopped='kept')() == 130
    assert capsys.readouterr().err == '\nkept\n'
    with pytest.raises(KeyboardInterrupt):
        tool(KeyboardInterrupt)()


def test_a_fault_of_ours_keeps_its_traceback():
    with pytest.raises(ValueError, match='is wrong'):
        tool(ValueError)()


@pytest.fixture
def nobody_reads():
    """A pipe whose reader has left, as of ``tool | head``."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, 'w') as stream:
        yield stream


@pytest.mark.parametrize('lines', [1, 100_000])  # written at the end, and before
def test_nobody_reads_the_output(nobody_reads, monkeypatch, capsys, lines):
    @mistakes_in_one_line()
    def main(argv: list[str] | None = None) -> int:
        try:
            for line in range(lines):
                print(line)
        except OSError as error:  # as tools do that write files
            raise UserError(f'{error.strerror}') from None
        return 0

    monkeypatch.setattr(sys, 'stdout', nobody_reads)
    assert main([]) == NOBODY_READS == 141
    assert capsys.readouterr().err == ''


def test_nobody_reads_what_a_training_prints(nobody_reads, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'stdout', nobody_reads)
    assert run_tool(lambda: print('x' * 100_000)) == NOBODY_READS
    assert capsys.readouterr().err == ''


def test_the_pipe_of_a_worker_is_no_end_of_ours():
    with pytest.raises(BrokenPipeError):
        tool(BrokenPipeError)()
