import torch

from mmdatasetdm.models.downstream.depthformer import StemSwinTransformer


def test_the_stem_keeps_half_the_resolution():
    backbone = StemSwinTransformer(
        embed_dims=8, depths=(1, 1, 1, 1), num_heads=(1, 1, 2, 2), window_size=4, stem_channels=4
    )
    maps = backbone(torch.zeros(1, 3, 64, 96))
    assert [tuple(level.shape[1:]) for level in maps] == [(4, 32, 48), (8, 16, 24), (16, 8, 12), (32, 4, 6), (64, 2, 3)]
    assert backbone.out_channels == (4, 8, 16, 32, 64)
