import math

import pytest
import torch
from mmengine.structures import PixelData

from mmdatasetdm.models import PDecoderHead, PixelDecoderHead

SIZES = {'num_classes': 4, 'in_channels': (6, 8), 'stride': 8, 'width': 8, 'memory_levels': 2, 'upsample': (2,)}


def query_head(**changes) -> PDecoderHead:
    torch.manual_seed(0)
    sizes = {'queries': 5, 'layers': 2, 'heads': 2, 'feedforward': 16, 'num_points': 64}
    return PDecoderHead(**{**SIZES, **sizes, **changes})


def pixel_head(**changes) -> PixelDecoderHead:
    torch.manual_seed(0)
    return PixelDecoderHead(**{**SIZES, **changes})


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


@pytest.mark.parametrize('make', [query_head, pixel_head])
def test_probabilities_have_the_size_of_the_images_and_sum_to_one(make):
    head = make().eval()
    result = head.predict(features(), [{}, {}], None)
    assert result.shape == (2, 4, 64, 96)
    torch.testing.assert_close(result.sum(1), torch.ones(2, 64, 96))
    assert torch.equal(result, head.predict_probs(features(), (64, 96)))


@pytest.mark.parametrize('make', [query_head, pixel_head])
def test_an_image_is_labelled_alike_in_any_batch(make):
    head = make().eval()
    alone = head.predict_probs(tuple(level[1:] for level in features()), (64, 96))
    torch.testing.assert_close(head.predict_probs(features(), (64, 96))[1:], alone)


@pytest.mark.parametrize('make', [query_head, lambda: pixel_head(dice_weight=1.0)])
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


def test_the_pixel_heads_loss_is_the_mean_over_labelled_pixels():
    head = pixel_head()
    torch.nn.init.zeros_(head.decoder.classifier.weight)
    torch.nn.init.zeros_(head.decoder.classifier.bias)
    losses = head.loss(features(), samples(), None)
    torch.testing.assert_close(losses['loss_ce'], torch.tensor(math.log(4)))


@pytest.mark.parametrize('make', [query_head, lambda: pixel_head(dice_weight=1.0)])
def test_a_batch_without_labels_has_a_finite_loss(make):
    nothing = [Sample(torch.full((64, 96), 255)) for _ in range(2)]
    loss = sum(make().loss(features(), nothing, None).values())
    loss.backward()
    assert torch.isfinite(loss)
