"""The progress bar: samples done, images per second, time left."""

from __future__ import annotations

import sys

from tqdm import tqdm


class Progress:
    """``42%|####  | 840/2000 [01:10<01:37, 12.0 images/s]`` on standard error; a line every 10 s where that is not a
    terminal.

    The rate and the time left are of this run; what was there before counts as done.
    """

    def __init__(self, *, total: int, done: int = 0):
        terminal = sys.stderr.isatty()
        self.bar = tqdm(
            total=total,
            initial=done,
            unit=' images',
            mininterval=0.3 if terminal else 10,
            smoothing=0.1,
            dynamic_ncols=True,
            file=sys.stderr,
            bar_format='{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_fmt}]',
        )

    def add(self, count: int) -> None:
        """``count`` more are done (fewer, when it is negative: a shard that has to be begun again)."""
        self.bar.update(count)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_) -> None:
        self.bar.close()
