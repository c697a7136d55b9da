"""Parts of masks: which of them belong together."""

from collections.abc import Iterator

import numpy as np
from scipy import ndimage


def connected_parts(mask: np.ndarray, *, least: float = 1) -> Iterator[np.ndarray]:
    """The 8-connected parts, of ``least`` pixels or more, of a mask (H, W) bool."""
    numbered, count = ndimage.label(mask, structure=np.ones((3, 3)))
    for number in range(1, count + 1):
        part = numbered == number
        if part.sum() >= least:
            yield part


def near(mask: np.ndarray, part: np.ndarray) -> bool:
    """Whether the boxes of two masks are no further apart than a quarter of the longer side of the first."""
    (low, high), (first, last) = (
        (places.min(0), places.max(0) + 1) for places in (np.argwhere(mask), np.argwhere(part))
    )
    gap = np.maximum(0, np.maximum(first - high, low - last)).max()
    return bool(gap <= (high - low).max() / 4)
