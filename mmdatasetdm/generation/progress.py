"""What a run says of itself while it makes shards: counts, a line on the screen, and when going on makes no sense."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

from tqdm import tqdm

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.filters.base import Filter, dropped_by
from mmdatasetdm.generation.options import Count, Probability, checked
from mmdatasetdm.generation.records import SampleRecord

PLAIN_EVERY = 30.0  # seconds between two lines where there is no terminal


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Counts over samples; they can be added.

    Attributes:
        samples, selected, failed: numbers; ``selected`` by the filters.
        label_maps: samples with a label map.
        ignored: sum of the ignored fractions of those.
        size: bytes of their files.
    """

    samples: int = 0
    selected: int = 0
    failed: int = 0
    label_maps: int = 0
    ignored: float = 0.0
    size: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{name: value + getattr(other, name) for name, value in vars(self).items()})

    @property
    def ignored_fraction(self) -> float | None:
        """Of the pixels of the label maps; None: there are none."""
        return self.ignored / self.label_maps if self.label_maps else None

    def __str__(self) -> str:
        """'93% selected, 4% ignored, 0 failed'."""
        if not self.samples:
            return ''
        ignored = '' if self.ignored_fraction is None else f'{self.ignored_fraction:.0%} ignored, '
        return f'{self.selected / self.samples:.0%} selected, {ignored}{self.failed} failed'


def tally(samples: Iterable[SampleRecord], filters: Sequence[Filter], *, size: int = 0) -> Tally:
    """The counts of ``samples``, selected by ``filters``; ``size``: bytes of their files."""
    total = Tally(size=size)
    for record in samples:
        semantic = record.scores.semantic if record.scores else None
        total += Tally(
            samples=1,
            selected=int(dropped_by(filters, record) is None),
            failed=int(record.failed is not None),
            label_maps=int(semantic is not None),
            ignored=semantic.ignored if semantic else 0.0,
        )
    return total


class Progress(Protocol):
    """Is told by an engine what its workers do."""

    def add(self, samples: int) -> None:
        """So many samples were made (a negative number: a shard has to be begun again)."""

    def finish(self, made: Tally) -> None:
        """A shard is finished.

        Raises:
            UserError: it makes no sense to go on.
        """

    def say(self, line: str) -> None:
        """Something that a person should know."""


@checked
class StopIf:
    """When a run ends early, since what it makes is of no use; the samples that are made are kept.

    Args:
        after: samples that are made before this is looked at.
        selected_at_most: end when the filters select no more than this fraction of the samples.
        ignored_at_least: end when this fraction of the pixels of all label maps, or more, is ignored.
        failed_at_least: end when this fraction of the samples, or more, failed.
    """

    after: Count = 128
    selected_at_most: Probability = 0.0
    ignored_at_least: Probability = 1.0
    failed_at_least: Probability = 0.5

    def reason(self, made: Tally) -> str | None:
        """Why the run ends; None: it goes on."""
        if made.samples < self.after:
            return None
        if made.failed >= self.failed_at_least * made.samples:
            return f'{made.failed} of the first {made.samples} samples failed'
        if made.selected <= self.selected_at_most * made.samples:
            return f'{made.selected} of the first {made.samples} samples are selected'
        ignored = made.ignored_fraction
        if ignored is not None and ignored >= self.ignored_at_least:
            return f'{ignored:.0%} of the pixels of the first {made.samples} samples are ignored'
        return None


class StopEarly(UserError):
    """What is made is of no use, as the recipe's ``stop_if`` says."""


class ProgressLine:
    """``42%|####  | 840/2000 [01:10<01:37, 12.0 images/s, 93% selected, 4% ignored, 0 failed]`` on standard error;
    where that is not a terminal, a plain line every 30 s and one at the end.

    The rate and the time left are of this run; what was there before counts as done.

    Args:
        total, done: samples: of the whole data set, and made before.
        file: default: standard error.
    """

    def __init__(self, *, total: int, done: int, file: TextIO | None = None):
        self.file = file or sys.stderr
        self.total, self.before, self.done = total, done, done
        self.start = self.told = time.monotonic()
        self.shares = ''
        self.bar = None
        if self.file.isatty():
            self.bar = tqdm(
                total=total,
                initial=done,
                unit=' images',
                mininterval=0.3,
                smoothing=0.1,
                dynamic_ncols=True,
                file=self.file,
                bar_format='{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_fmt}{postfix}]',
            )

    def add(self, samples: int) -> None:
        self.done += samples
        if self.bar is not None:
            self.bar.update(samples)
        elif time.monotonic() - self.told >= PLAIN_EVERY:
            self._tell()

    def show(self, shares: str) -> None:
        """Show ``shares`` from now on."""
        self.shares = shares
        if self.bar is not None:
            self.bar.set_postfix_str(shares, refresh=False)

    def say(self, line: str) -> None:
        """Print a line without disturbing the bar."""
        if self.bar is not None:
            self.bar.write(line, file=self.file)
        else:
            print(line, file=self.file, flush=True)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
        elif self.done > self.before:
            self._tell()

    def _tell(self) -> None:
        self.told = time.monotonic()
        seconds = self.told - self.start
        rate = (self.done - self.before) / seconds if seconds > 0 else 0.0
        left = self.total - self.done
        remaining = f', {tqdm.format_interval(left / rate)} left' if left > 0 and rate > 0 else ''
        shares = f'; {self.shares}' if self.shares else ''
        print(
            f'{self.done} of {self.total} ({self.done / self.total:.0%}), {rate:.2f} images/s{remaining}{shares}',
            file=self.file,
            flush=True,
        )


class Monitor:
    """The progress of a run: it counts, shows a line, and ends the run where it is of no use or the disk is too small.

    Args:
        out: the folder, on whose disk the rest must fit.
        before: counts over the shards that were there (at least those that ``stop_if`` needs).
        stop_if: of the recipe.
        total, done: samples, see :class:`ProgressLine`.
    """

    def __init__(self, out: Path, *, before: Tally, stop_if: StopIf | None, total: int, done: int):
        self.out, self.stop_if = out, stop_if
        self.made = before
        self.left = total - done  # of shards that are not finished
        self.room_is_known = False
        self.line = ProgressLine(total=total, done=done)
        self.add, self.say, self.close = self.line.add, self.line.say, self.line.close

    def __enter__(self) -> Monitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def finish(self, made: Tally) -> None:
        """Count a finished shard.

        Raises:
            StopEarly: ``stop_if`` says so.
            UserError: the rest does not fit on the disk.
        """
        self.made += made
        self.left -= made.samples
        self.line.show(str(self.made))
        self.check()
        if not self.room_is_known:
            check_room(self.out, samples=self.left, size=made.size / made.samples)
            self.room_is_known = True

    def check(self) -> None:
        """StopEarly: ``stop_if`` says so of what was counted."""
        if self.stop_if and (reason := self.stop_if.reason(self.made)):
            raise StopEarly(reason)


def check_room(out: Path, *, samples: int, size: float) -> None:
    """UserError when so many samples of ``size`` bytes each do not fit on the disk of ``out``."""
    free, needed = shutil.disk_usage(out).free, samples * size
    if needed > free:
        raise UserError(
            f'{out}: the {samples} samples that are left take {gigabytes(needed)}, and the disk has '
            f'{gigabytes(free)}; make room, or give a smaller --num or another --out'
        )


def gigabytes(size: float) -> str:
    """'0.35 GB', '12 GB'."""
    return f'{size / 1e9:.3g} GB'
