"""InstanceDecoderHead: a query is an instance; what it shares with pixels is in tests/models/detectors."""

import pytest
import torch

from tests.models.detectors.test_diffusion import build, sample


@pytest.fixture
def model(toy_generator_folder):
    return build('datasetdm_toyroom_instance-50shot_1xb8-900iters_toyroom-128x128', toy_generator_folder)


def test_instances_of_one_class_stay_apart(model):
    image = sample((5, slice(0, 20)), (5, slice(40, 60)), (1, slice(80, 100)), crowd=slice(110, 128))
    targets = model.panoptic_head._targets(image)
    assert targets.labels.tolist() == [5, 5, 1] and targets.masks.sum((1, 2)).tolist() == [20 * 64] * 3
    assert not targets.valid[:64, 110:].any() and targets.valid.sum() == 128 * 128 - 18 * 64


def test_only_allowed_classes_have_a_probability(model):
    head = model.panoptic_head.eval()
    features = model.backbone(torch.zeros(1, 3, 128, 128))
    any_class = head.predict_instances(features, (32, 32))
    assert any_class.class_probs.shape == (1, 30, 12) and any_class.mask_probs.shape == (1, 30, 32, 32)
    allowed = torch.zeros(1, 12)
    allowed[0, 5] = 1
    some = head.predict_instances(features, (32, 32), allowed=allowed)
    assert torch.equal(some.class_probs[..., 5], any_class.class_probs[..., 5]) and some.class_probs[..., :5].sum() == 0
    assert torch.equal(some.mask_probs, any_class.mask_probs)
