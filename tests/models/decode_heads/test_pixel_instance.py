"""PixelInstanceHead: connected parts of classes are objects; what it shares with queries is in test_instance."""

import pytest
import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.models.decode_heads.pixel_instance import PixelInstanceHead
from tests.models.detectors.test_diffusion import build, sample


@pytest.fixture
def model(toy_generator_folder):
    return build('toyroom_instance_50shot_pixel', toy_generator_folder, num_classes=2, phrase_classes=[0, 1])


def head(**more) -> PixelInstanceHead:
    return PixelInstanceHead(
        num_classes=2, in_channels=(4, 4, 4), stride=8, width=8, upsample=(), upsample_widths=(), **more
    )


def blocks(*objects: tuple[int, slice, float], label_count: int = 3) -> torch.Tensor:
    """Probabilities (3, 32, 32): background of 0.9, and of each (class, columns, probability) the upper half."""
    probs = torch.full((label_count, 32, 32), 0.05)
    probs[-1] = 0.9
    for label, columns, chance in objects:
        probs[:, :16, columns] = (1 - chance) / 2
        probs[label, :16, columns] = chance
    return probs


def test_the_smaller_object_is_seen_and_crowds_are_ignored(model):
    image = sample((0, slice(0, 60)), (1, slice(20, 40)), crowd=slice(100, 128))
    painted = model.panoptic_head._painted(image)
    assert (painted[:64, :20] == 0).all() and (painted[:64, 20:40] == 1).all() and (painted[:64, 40:60] == 0).all()
    assert (painted[:64, 100:] == 255).all() and (painted[64:] == 2).all()


def test_connected_parts_are_objects():
    probs = blocks((0, slice(0, 8), 0.6), (0, slice(12, 20), 0.8), (1, slice(20, 28), 0.7))
    chances, masks = head()._of_image(probs)
    torch.testing.assert_close(chances, torch.tensor([[0.8, 0], [0, 0.7], [0.6, 0]]))
    assert masks.sum((1, 2)).tolist() == [128] * 3 and masks[2, :16, :8].all()


def test_a_small_part_belongs_to_the_larger_beside_it():
    near_and_far = [(0, slice(0, 16), 0.8), (0, slice(19, 23), 0.8), (0, slice(29, 32), 0.8)]
    masks = head()._of_image(blocks(*near_and_far))[1]
    assert sorted(masks.flatten(1).sum(1).tolist()) == [16 * 3, 16 * 20]
    beside_a_lamp = blocks((0, slice(0, 16), 0.8), (1, slice(19, 23), 0.8))
    assert len(head()._of_image(beside_a_lamp)[1]) == 2


def test_small_parts_and_the_worst_are_left_out():
    probs = blocks((0, slice(0, 8), 0.6), (0, slice(14, 15), 0.8), (1, slice(20, 28), 0.7))
    assert head(min_share=0.1)._of_image(probs)[0].max(1).values.tolist() == pytest.approx([0.7, 0.6])
    assert head(max_objects=1)._of_image(probs)[0].tolist() == [[pytest.approx(0.8), 0]]


def test_only_allowed_classes_win(monkeypatch):
    both = torch.stack([blocks((0, slice(0, 8), 0.6), (1, slice(16, 24), 0.7)), blocks()])
    pixels = head()
    monkeypatch.setattr(pixels, 'predict_probs', lambda features, size: both)
    chances, masks = pixels.predict_objects([], (32, 32), allowed=torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    # (1 - 0.6) / 2 for the other class and as much for the background: the first of equals wins
    assert chances[0, 0].tolist() == [0, pytest.approx(0.7 / 0.85)] and not chances[1].any()
    assert masks[0, 0, :16, 16:24].all() and not masks[1].any()


def test_predictions_are_mmdets_and_alike_in_any_batch(model):
    images = torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(0)) * 2 - 1
    first, second = model.eval().predict(images, [sample(ori_shape=(100, 90)), sample()])
    found = first.pred_instances
    assert found.masks.shape == (20, 100, 90) and found.masks.dtype == torch.bool
    assert found.labels.max() < 2 and found.scores.max() <= 1
    (alone,) = model.predict(images[1:], [sample()])
    torch.testing.assert_close(alone.pred_instances.scores, second.pred_instances.scores, atol=1e-4, rtol=1e-3)


def test_an_image_of_background_alone_has_no_object(monkeypatch, model):
    nothing = torch.zeros(1, 3, 128, 128)
    nothing[:, 2] = 1
    monkeypatch.setattr(model.panoptic_head, 'predict_probs', lambda features, size: nothing)
    (found,) = model.eval().predict(torch.zeros(1, 3, 128, 128), [sample()])
    assert not found.pred_instances.masks.any() and found.pred_instances.scores.max() < 1e-3


@pytest.mark.parametrize('wrong', [dict(min_share=1.0), dict(min_share=-0.1), dict(max_objects=0)])
def test_limits(wrong):
    with pytest.raises(UserError, match=r'min_share is .* and max_objects'):
        head(**wrong)
