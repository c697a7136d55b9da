"""Checks the depth files of a training, and logs their range once: a wrong scale trains as well as the right one."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.logging import print_log
from torch import Tensor

from mmdatasetdm.errors import UserError

_IMAGES = 8  # after so many without a valid pixel it is an error
_NEAR = 0.02  # of max_depth: half of the pixels nearer than this is another scale


class DepthRange:
    """Checks the first labels that a head is trained on: logs their range; no valid pixel is an error.

    Args:
        max_depth: metres; what lies beyond it does not count.
    """

    def __init__(self, *, max_depth: float) -> None:
        self.max_depth = max_depth
        self._empty: list[str] | None = []  # the images without a valid pixel so far; None when the range was logged

    def check(self, depth: Tensor, data_samples: Sequence) -> None:
        """Check a batch.

        Args:
            depth: (B, 1, H, W) in metres; 0 is no depth.
            data_samples: B samples, which name their files.

        Raises:
            UserError: no pixel of the first images is above 0 and at most ``max_depth``.
        """
        if self._empty is None:
            return
        valid = (depth > 0) & (depth <= self.max_depth)
        if valid.any():
            self._empty = None
            self._log(depth, valid)
            return
        self._empty += [str(sample.metainfo.get('img_path', 'an image')) for sample in data_samples]
        if len(self._empty) >= _IMAGES:
            raise UserError(
                f'none of the depth labels of {len(self._empty)} images is above 0 and at most {self.max_depth:g} m '
                f'(the last: {_span(depth)}; its image: {self._empty[-1]}): set depth_rescale_factor of '
                'LoadDepthAnnotation to metres per unit of the files, 1e-3 for millimetres'
            )

    def _log(self, depth: Tensor, valid: Tensor) -> None:
        values = depth[valid]
        middle = values.median().item()
        absent, beyond = (pixels.float().mean().item() for pixels in (depth <= 0, depth > self.max_depth))
        suspicious = beyond > 0.5 or middle < _NEAR * self.max_depth
        print_log(
            f'depth labels of the first {len(depth)} images: {_span(values)}, half of them nearer than {middle:.3g} m; '
            f'{absent:.1%} of the pixels have none, {beyond:.1%} lie beyond max_depth, {self.max_depth:g} m'
            + ('. Is depth_rescale_factor of LoadDepthAnnotation right?' if suspicious else ''),
            logger='current',
            level=30 if suspicious else 20,
        )


def _span(depth: Tensor) -> str:
    return f'{depth.min().item():.3g} to {depth.max().item():.3g} m'
