import torch

from mmdatasetdm.models.downstream.depthformer import HAHINeck


def test_features_keep_their_shapes_through_the_neck():
    neck = HAHINeck(channels=[4, 8, 16, 32, 64], feat_channels=32, num_points=2).eval()
    levels = [torch.randn(2, c, 32 // s, 48 // s) for c, s in ((4, 1), (8, 2), (16, 4), (32, 8), (64, 16))]
    outputs = neck(levels)
    assert [level.shape for level in outputs] == [level.shape for level in levels]
    alone = neck([level[1:] for level in levels])
    for both, one in zip(outputs, alone, strict=True):
        torch.testing.assert_close(both[1:], one, atol=1e-4, rtol=1e-4)
    changed = [levels[0], *(level + 1 for level in levels[1:])]
    assert not torch.allclose(neck(changed)[0], outputs[0]), 'the stem attends to the transformer'
