import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import mistakes_in_one_line


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
