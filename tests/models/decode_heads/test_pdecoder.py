"""The heads of semantic masks: queries, a classifier of pixels, and one rule for all names."""

import pytest
import torch
from mmengine.structures import PixelData

from mmdatasetdm.models import PDecoderHead, PixelClassifierHead

PIXEL_DECODER = dict(type='mmdatasetdm.PixelDecoder', feat_channels=8, num_memory_levels=2, upsample=(2,))
SIZES = dict(num_classes=4, in_channels=(6, 8), stride=8, pixel_decoder=PIXEL_DECODER)


def query_head(**changes) -> PDecoderHead:
    torch.manual_seed(0)
    parts = dict(
        transformer_decoder=dict(
            type='mmdatasetdm.TransformerDecoder', num_queries=5, num_layers=2, num_heads=2, feedforward_channels=16
        ),
        loss=dict(type='mmdatasetdm.SetCriterion', num_points=64),
    )
    return PDecoderHead(**{**SIZES, **parts, **changes})


def pixel_head(*, dice_weight: float = 0.0, **changes) -> PixelClassifierHead:
    torch.manual_seed(0)
    loss = dict(type='mmdatasetdm.PixelCriterion', dice_weight=dice_weight)
    return PixelClassifierHead(**{**SIZES, 'loss': loss, **changes})


def phrase_head(**changes) -> PixelClassifierHead:
    # the last two channels of both levels are the attention of the names of classes 1 and 3
    return pixel_head(phrase_classes=(1, 3), phrase_levels=(0, 1), **changes)


def open_head(**changes) -> PixelClassifierHead:
    return phrase_head(open_vocabulary=True, **changes)


WITH_DICE = [query_head, lambda: pixel_head(dice_weight=1.0), lambda: phrase_head(dice_weight=1.0)]


def features(batch: int = 2) -> tuple[torch.Tensor, ...]:
    random = torch.Generator().manual_seed(0)
    return tuple(torch.randn(batch, c, 4 * s, 6 * s, generator=random) for c, s in ((6, 2), (8, 1)))


class Sample:
    def __init__(self, labels: torch.Tensor) -> None:
        self.gt_sem_seg = PixelData(data=labels[None])


def samples() -> list[Sample]:
    labels = torch.zeros(2, 64, 96, dtype=torch.long)
    labels[0, :32], labels[1, :, 48:], labels[:, :8, :8] = 1, 3, 255
    return [Sample(image) for image in labels]


@pytest.mark.parametrize('make', [query_head, pixel_head, phrase_head])
def test_probabilities_have_the_size_of_the_images_and_sum_to_one(make):
    head = make().eval()
    result = head.predict(features(), [{}, {}], None)
    assert result.shape == (2, 4, 64, 96)
    torch.testing.assert_close(result.sum(1), torch.ones(2, 64, 96))
    assert torch.equal(result, head.predict_probs(features(), (64, 96)))


@pytest.mark.parametrize('make', [query_head, pixel_head, phrase_head])
def test_an_image_is_labelled_alike_in_any_batch(make):
    head = make().eval()
    alone = head.predict_probs(tuple(level[1:] for level in features()), (64, 96))
    torch.testing.assert_close(head.predict_probs(features(), (64, 96))[1:], alone)


@pytest.mark.parametrize('make', [*WITH_DICE, lambda: open_head(dice_weight=1.0)])
def test_training_reaches_every_parameter_and_helps(make):
    head = make()
    optimizer = torch.optim.Adam(head.parameters(), lr=1e-2)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = sum(head.loss(features(), samples(), None).values())
        loss.backward()
        assert all(parameter.grad is not None for parameter in head.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize('make', WITH_DICE)
def test_a_batch_without_labels_has_a_finite_loss(make):
    nothing = [Sample(torch.full((64, 96), 255)) for _ in range(2)]
    loss = sum(make().loss(features(), nothing, None).values())
    loss.backward()
    assert torch.isfinite(loss)
