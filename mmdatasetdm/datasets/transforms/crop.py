"""A crop that is the same for every image."""

from __future__ import annotations

from mmcv.transforms import BaseTransform

from mmdatasetdm.errors import UserError
from mmdatasetdm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class CropRegion(BaseTransform):
    """Cuts the same region out of every image and its maps, as depth estimation on NYU Depth v2 does with its frame.

    An image that does not hold the whole region is an error: padded to the network's size, it would teach with dead
    rows or columns.

    Args:
        top, bottom: first row, and the one after the last.
        left, right: first column, and the one after the last.

    Raises:
        UserError: the region is empty, or larger than an image.
    """

    def __init__(self, *, top: int, bottom: int, left: int, right: int) -> None:
        if not (0 <= top < bottom and 0 <= left < right):
            raise UserError(
                f'CropRegion: rows {top} to {bottom}, columns {left} to {right}: each must end after it begins'
            )
        self.rows, self.columns = slice(top, bottom), slice(left, right)

    def transform(self, results: dict) -> dict:
        """Cut ``img`` (H, W, 3) and the maps of ``seg_fields`` (H, W)."""
        height, width = results['img'].shape[:2]
        if height < self.rows.stop or width < self.columns.stop:
            raise UserError(
                f'{results.get("img_path", "an image")} is {width}x{height}, but rows {self.rows.start} to '
                f'{self.rows.stop} and columns {self.columns.start} to {self.columns.stop} are cut out of it: take '
                "images of NYU's size, 640x480 (for generated ones, sampler.width and sampler.height of the recipe)"
            )
        for key in ('img', *results.get('seg_fields', ())):
            results[key] = results[key][self.rows, self.columns]
        results['img_shape'] = results['img'].shape[:2]
        return results
