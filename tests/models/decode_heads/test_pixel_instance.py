"""PixelInstanceHead: what it shares with queries is in tests/models/detectors/test_diffusion.py."""

import pytest
import torch

from tests.models.detectors.test_diffusion import build, sample


@pytest.fixture
def model(toy_generator_folder):
    return build(
        'datasetdm_toyroom_instance-pixel-50shot_1xb8-300iters_toyroom-128x128',
        toy_generator_folder,
        num_classes=2,
        phrase_classes=[0, 1],
    )


def test_the_smaller_instance_is_visible_and_crowds_are_ignored(model):
    image = sample((0, slice(0, 60)), (1, slice(20, 40)), crowd=slice(100, 128))
    labels = model.panoptic_head._labels(image)
    assert (labels[:64, :20] == 0).all() and (labels[:64, 20:40] == 1).all() and (labels[:64, 40:60] == 0).all()
    assert (labels[:64, 100:] == 255).all() and (labels[64:] == 2).all()


def test_predictions_are_mmdets_and_alike_in_any_batch(model):
    images = torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(0)) * 2 - 1
    first, second = model.eval().predict(images, [sample(ori_shape=(100, 90)), sample()])
    found = first.pred_instances
    assert found.masks.shape == (20, 100, 90) and found.masks.dtype == torch.bool
    assert found.labels.max() < 2 and found.scores.max() <= 1
    (alone,) = model.predict(images[1:], [sample()])
    torch.testing.assert_close(alone.pred_instances.scores, second.pred_instances.scores, atol=1e-4, rtol=1e-3)


def test_an_image_of_background_alone_has_no_instance(monkeypatch, model):
    nothing = torch.zeros(1, 3, 128, 128)
    nothing[:, 2] = 1
    monkeypatch.setattr(model.panoptic_head, 'predict_probs', lambda features, size: nothing)
    (found,) = model.eval().predict(torch.zeros(1, 3, 128, 128), [sample()])
    assert not found.pred_instances.masks.any() and found.pred_instances.scores.max() < 1e-3
