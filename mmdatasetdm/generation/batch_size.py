"""How many images are sampled at once, where the recipe's number is too many for the memory."""

from __future__ import annotations


class BatchSize:
    """Halved when memory runs out, and doubled again, up to the recipe's, after some shards that went well.

    Another process may have had the memory for a while. Each time that a larger size fails again, it is left alone for
    twice as many shards.

    Args:
        wanted: the recipe's.

    Attributes:
        now: the size to use.
    """

    FIRST_PATIENCE = 8  # shards

    def __init__(self, wanted: int):
        self.wanted = self.now = wanted
        self.patience = self.FIRST_PATIENCE
        self.went_well = 0
        self.on_trial = False

    def shrink(self, device: str) -> str:
        """Take half; -> the line that says so. There is no half of 1."""
        if self.on_trial:
            self.patience *= 2
        before, self.now = self.now, max(1, self.now // 2)
        self.went_well, self.on_trial = 0, False
        return (
            f'{device}: a batch of {before} images does not fit in the memory; {self.now} at once from now on, more '
            f'are tried again after {self.patience} shards'
        )

    def grow(self) -> str | None:
        """Count a shard that went well; -> the line that says so where the size was raised."""
        self.went_well += 1
        if self.on_trial:  # it fits
            self.on_trial, self.patience = False, self.FIRST_PATIENCE
        if self.now >= self.wanted or self.went_well < self.patience:
            return None
        self.now = min(2 * self.now, self.wanted)
        self.went_well, self.on_trial = 0, True
        return f'batches of {self.now} images are tried again'
