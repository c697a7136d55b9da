"""What the ``main`` functions of the tools have in common."""

import contextlib
import functools
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator

from mmdatasetdm.errors import UserError

Main = Callable[..., int]
# the exit status that a shell gives to a program which writes into a pipe that nobody reads
NOBODY_READS = 128 + signal.SIGPIPE


def mistakes_in_one_line(*, stopped: str | None = None) -> Callable[[Main], Main]:
    """Decorate a tool's ``main``: a person's mistake is one line on stderr and exit status 2.

    Where the reader of its output leaves, as in ``tool | head``, it ends without a word and with exit status 141.

    Args:
        stopped: what is said after Ctrl-C, when the exit status is 130; None: the interruption is passed on.
    """

    def decorate(main: Main) -> Main:
        @functools.wraps(main)
        def wrapped(argv: list[str] | None = None) -> int:
            try:
                with output_may_close():
                    return main(argv)
            except OutputClosed:
                return NOBODY_READS
            except UserError as error:
                from mmdatasetdm.utils.options import one_line  # its imports are slow, and --help needs none

                print(f'error: {one_line(error)}', file=sys.stderr)
                return 2
            except KeyboardInterrupt:
                if stopped is None:
                    raise
                print(f'\n{stopped}', file=sys.stderr)
                return 130

        return wrapped

    return decorate


class OutputClosed(Exception):
    """Nobody reads any more what the tool prints."""


@contextlib.contextmanager
def output_may_close() -> Iterator[None]:
    """A block that prints.

    Raises:
        OutputClosed: the reader left before all was printed.
    """
    try:
        yield
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # what is left is written here, where an error can be caught, and not at Python's exit
    except Exception as error:
        if not _of_a_pipe(error) or not _give_up_closed_streams():
            raise
        raise OutputClosed from None


def _of_a_pipe(error: BaseException | None) -> bool:
    """Whether an error, or the one that it was made of, is that of a pipe without reader."""
    while error is not None:
        if isinstance(error, BrokenPipeError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _give_up_closed_streams() -> bool:
    """Whether it is our output that nobody reads, not a pipe to a worker; what is left of it goes nowhere then."""
    closed = False
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # of a test, it is no file
            poll = select.poll()
            poll.register(stream.fileno(), 0)
            if any(event & select.POLLERR for _, event in poll.poll(0)):
                closed = True
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)
    return closed
