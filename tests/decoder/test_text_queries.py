"""Queries made of names: independent of each other, of the batch and of how many are asked for."""

import pytest
import torch

from mmdatasetdm.decoder import PixelDecoder, TextQueryDecoder, TransformerDecoder


@pytest.fixture
def decoder() -> TextQueryDecoder:
    torch.manual_seed(0)
    pixel_decoder = PixelDecoder(in_channels=(6, 8), feat_channels=8, num_memory_levels=2, upsample=(2,))
    transformer_decoder = TransformerDecoder(
        num_classes=1,
        feat_channels=8,
        mask_channels=pixel_decoder.out_channels,
        num_queries=3,
        num_layers=2,
        num_heads=2,
        feedforward_channels=16,
        num_memory_levels=2,
    )
    return TextQueryDecoder(pixel_decoder=pixel_decoder, transformer_decoder=transformer_decoder, text_channels=5)


def features() -> tuple[torch.Tensor, ...]:
    random = torch.Generator().manual_seed(0)
    return tuple(torch.randn(2, c, 4 * s, 6 * s, generator=random) for c, s in ((6, 2), (8, 1)))


def test_the_masks_of_a_name_do_not_depend_on_the_other_names(decoder):
    names = torch.randn(3, 5, generator=torch.Generator().manual_seed(1))
    together = decoder.eval()(features(), names, torch.tensor([0, 1, 1]))
    assert together.class_logits.shape == (3, 3, 3, 2)
    assert together.mask_logits.shape == (3, 3, 3, 16, 24)
    alone = decoder(tuple(level[1:] for level in features()), names[2:], torch.tensor([0]))
    torch.testing.assert_close(together.mask_logits[:, 2:], alone.mask_logits, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(together.class_logits[:, 2:], alone.class_logits, atol=1e-5, rtol=1e-4)


def test_another_name_has_another_mask(decoder):
    names = torch.randn(2, 5, generator=torch.Generator().manual_seed(1))
    found = decoder.eval()(features(), names, torch.tensor([0, 0])).mask_logits[-1]
    assert (found[0] - found[1]).abs().max() > 1e-2
