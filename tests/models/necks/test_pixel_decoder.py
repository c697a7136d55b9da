"""PixelDecoderNeck: any stock head reads one map."""

import pytest
import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.models import PixelDecoderNeck

PIXEL_DECODER = dict(type='mmdatasetdm.PixelDecoder', feat_channels=8, num_memory_levels=2, upsample=(2,))


def test_a_pyramid_becomes_one_map():
    neck = PixelDecoderNeck(in_channels=(6, 8), pixel_decoder=PIXEL_DECODER)
    (pixels,) = neck((torch.randn(2, 6, 8, 12), torch.randn(2, 8, 4, 6)))
    assert pixels.shape == (2, 8, 16, 24) and pixels.min() == 0


def test_a_mistake_is_named():
    with pytest.raises(UserError, match=r'pixel_decoder\.feat_chanels: PixelDecoder has no such option'):
        PixelDecoderNeck(in_channels=(6, 8), pixel_decoder=dict(PIXEL_DECODER, feat_chanels=8))
