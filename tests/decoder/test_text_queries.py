"""Queries made of names: independent of each other, of the batch and of how many are asked for."""

import pytest
import torch

from mmdatasetdm.decoder import PixelDecoder, QueryDecoder
from mmdatasetdm.decoder.text_queries import TextQueryDecoder, class_probabilities, name_scores


@pytest.fixture
def decoder() -> TextQueryDecoder:
    torch.manual_seed(0)
    pixel_decoder = PixelDecoder(in_channels=(6, 8), width=8, memory_levels=2, upsample=(2,))
    query_decoder = QueryDecoder(
        classes=1,
        width=8,
        mask_width=pixel_decoder.out_width,
        queries=3,
        layers=2,
        heads=2,
        feedforward=16,
        memory_levels=2,
    )
    return TextQueryDecoder(pixel_decoder=pixel_decoder, query_decoder=query_decoder, text_width=5)


def features() -> tuple[torch.Tensor, ...]:
    random = torch.Generator().manual_seed(0)
    return tuple(torch.randn(2, c, 4 * s, 6 * s, generator=random) for c, s in ((6, 2), (8, 1)))


def test_a_name_is_found_alike_whatever_else_is_asked_for(decoder):
    names = torch.randn(3, 5, generator=torch.Generator().manual_seed(1))
    together = decoder.eval()(features(), names, torch.tensor([0, 1, 1]))
    assert together.class_logits.shape == (3, 3, 3, 2)
    assert together.mask_logits.shape == (3, 3, 3, 16, 24)
    alone = decoder(tuple(level[1:] for level in features()), names[2:], torch.tensor([0]))
    torch.testing.assert_close(together.mask_logits[:, 2:], alone.mask_logits, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(together.class_logits[:, 2:], alone.class_logits, atol=1e-5, rtol=1e-4)


def test_another_name_asks_for_another_mask(decoder):
    names = torch.randn(2, 5, generator=torch.Generator().manual_seed(1))
    found = decoder.eval()(features(), names, torch.tensor([0, 0])).mask_logits[-1]
    assert (found[0] - found[1]).abs().max() > 1e-2


def test_scores_are_those_of_the_best_query():
    classes = torch.tensor([[[0.0, 0.0], [30.0, -30.0]]])  # there: 1/2, 1
    masks = torch.tensor([[[[30.0, 30.0]], [[-30.0, 0.0]]]])  # 1, 1 and 0, 1/2
    scores = name_scores(classes, masks, size=(1, 2))
    torch.testing.assert_close(scores, torch.tensor([[[0.5, 0.5]]]))


def test_the_background_gets_what_no_name_claims():
    scores = torch.tensor([[[0.5]], [[0.5]], [[1.0]]])
    found = class_probabilities(scores, torch.tensor([0, 0, 1]), torch.tensor([1, 3, 2]), batch=3, num_classes=4)
    # (1 - 1/2)^2 = 1/4 of 5/4 in all
    torch.testing.assert_close(found[0, :, 0, 0], torch.tensor([0.2, 0.4, 0.0, 0.4]))
    torch.testing.assert_close(found[1, :, 0, 0], torch.tensor([0.0, 0.0, 1.0, 0.0]))
    torch.testing.assert_close(found[2, :, 0, 0], torch.tensor([1.0, 0.0, 0.0, 0.0]))
