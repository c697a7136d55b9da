"""The dense decoder: one map per output at the embedding's size."""

import torch

from mmdatasetdm.decoder import DenseDecoder, PixelDecoder


def test_one_map_per_output():
    pixels = PixelDecoder(in_channels=(6, 8), width=8, memory_levels=2, upsample=(2,))
    decoder = DenseDecoder(pixel_decoder=pixels, outputs=17, hidden=4)
    assert decoder((torch.zeros(3, 6, 8, 12), torch.zeros(3, 8, 4, 6))).shape == (3, 17, 16, 24)
    assert decoder.head[1].out_channels == 4
