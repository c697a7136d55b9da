"""The region that is cut out of every image and of its maps."""

import numpy as np
import pytest

from mmdatasetdm.datasets.transforms.crop import CropRegion
from mmdatasetdm.errors import UserError


def test_image_and_maps_are_cut_alike():
    image = np.arange(6 * 8 * 3).reshape(6, 8, 3)
    depth = np.arange(6 * 8).reshape(6, 8)
    results = dict(img=image, depth=depth, seg_fields=['depth'], img_shape=(6, 8))
    cut = CropRegion(top=1, bottom=5, left=2, right=8)(results)
    assert (cut['img'] == image[1:5, 2:8]).all() and (cut['depth'] == depth[1:5, 2:8]).all()
    assert cut['img_shape'] == (4, 6)


@pytest.mark.parametrize(('bottom', 'right'), [(7, 8), (6, 9)])
def test_an_image_without_the_whole_region_is_named(bottom, right):
    with pytest.raises(UserError, match=rf'a.png is 8x6, but rows 0 to {bottom} and columns 0 to {right}'):
        CropRegion(top=0, bottom=bottom, left=0, right=right)(dict(img=np.zeros((6, 8, 3)), img_path='a.png'))


@pytest.mark.parametrize('region', [(3, 3, 0, 4), (0, 4, 5, 2), (-1, 4, 0, 4)])
def test_a_region_that_is_none(region):
    top, bottom, left, right = region
    with pytest.raises(UserError, match='each must end after it begins'):
        CropRegion(top=top, bottom=bottom, left=left, right=right)
