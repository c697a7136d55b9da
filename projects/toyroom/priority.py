"""Low priority that counts: the trainings run for days beside other work."""

import contextlib
import os
from pathlib import Path


def share_the_processor() -> None:
    """Give the process's group the priority (``nice``) of the process.

    Where Linux groups processes by session, ``nice`` counts within a group alone, and torchrun gives each of its
    processes a group of its own.
    """
    with contextlib.suppress(OSError):  # no Linux, or no such groups
        Path('/proc/self/autogroup').write_text(str(os.getpriority(os.PRIO_PROCESS, 0)))
