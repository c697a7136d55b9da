"""The dense decoder: one map per output at the embedding's size."""

import torch

from mmdatasetdm.decoder import DenseDecoder, PixelDecoder


def test_one_map_per_output():
    pixels = PixelDecoder(in_channels=(6, 8), feat_channels=8, num_memory_levels=2, upsample=(2,))
    decoder = DenseDecoder(pixel_decoder=pixels, out_channels=17, hidden_channels=4)
    assert decoder((torch.zeros(3, 6, 8, 12), torch.zeros(3, 8, 4, 6))).shape == (3, 17, 16, 24)
    assert decoder.head[1].out_channels == 4


def test_even_features_have_no_frame_along_the_border():
    # convolutions padded with zeros darken the outer four pixels until a training has learnt to undo it
    torch.manual_seed(0)
    pixels = PixelDecoder(in_channels=(6, 8), feat_channels=8, num_memory_levels=2, upsample=(2,), normalize=False)
    decoder = DenseDecoder(pixel_decoder=pixels, out_channels=2)
    # each channel has one value, but for a square in the middle: group norms would take all of an even map away
    features = [
        torch.randn(1, channels, 1, 1).expand(-1, -1, side, side).clone() for channels, side in ((6, 32), (8, 16))
    ]
    for level in features:
        side = level.shape[-1]
        level[..., 3 * side // 8 : 5 * side // 8, 3 * side // 8 : 5 * side // 8] += 1
    found = decoder(features)[0].detach()
    corner = found[:, :8, :8]
    torch.testing.assert_close(corner, corner[:, :1, :1].expand_as(corner))
    assert (found[:, 32, 32] - found[:, 0, 0]).abs().min() > 1e-3
