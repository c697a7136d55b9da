"""What the ``main`` functions of the tools have in common."""

import functools
import sys
from collections.abc import Callable

from mmdatasetdm.errors import UserError

Main = Callable[..., int]


def mistakes_in_one_line(*, stopped: str | None = None) -> Callable[[Main], Main]:
    """Decorate a tool's ``main``: a person's mistake is one line on stderr and exit status 2.

    Args:
        stopped: what is said after Ctrl-C, when the exit status is 130; None: the interruption is passed on.
    """

    def decorate(main: Main) -> Main:
        @functools.wraps(main)
        def wrapped(argv: list[str] | None = None) -> int:
            try:
                return main(argv)
            except UserError as error:
                print(f'error: {error}', file=sys.stderr)
                return 2
            except KeyboardInterrupt:
                if stopped is None:
                    raise
                print(f'\n{stopped}', file=sys.stderr)
                return 130

        return wrapped

    return decorate
