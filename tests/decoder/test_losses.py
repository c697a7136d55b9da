import math

import pytest
import torch
from mmseg.models.losses import SiLogLoss

from mmdatasetdm.decoder.losses import PixelCriterion, SetCriterion, SiLogCriterion, mask_bce, mask_dice
from mmdatasetdm.decoder.matcher import MaskTargets
from mmdatasetdm.decoder.transformer_decoder import Predictions


def half() -> MaskTargets:
    labels = torch.zeros(16, 16, dtype=torch.long)
    labels[:, 8:] = 1
    return MaskTargets.from_semantic(labels)


def perfect(targets: MaskTargets, *, layers: int, queries: int, classes: int) -> Predictions:
    masks = torch.full((layers, 1, queries, 16, 16), -100.0)
    scores = torch.zeros(layers, 1, queries, classes + 1)
    scores[..., -1] = 100
    for query, (label, mask) in enumerate(zip(targets.labels, targets.masks, strict=True)):
        masks[:, 0, query] = mask * 200.0 - 100
        scores[:, 0, query] = 0
        scores[:, 0, query, label] = 100
    return Predictions(scores, masks)


def test_bce_of_an_undecided_mask_is_log_2():
    loss = mask_bce(torch.zeros(2, 10), torch.rand(2, 10).round())
    torch.testing.assert_close(loss, torch.full((2,), math.log(2)))


def test_dice_of_an_undecided_mask():
    # 1 - (2 * 10 * 0.5 + 1) / (20 * 0.5 + 10 + 1) with 10 of 20 points inside
    target = torch.cat([torch.ones(1, 10), torch.zeros(1, 10)], dim=1)
    torch.testing.assert_close(mask_dice(torch.zeros(1, 20), target), torch.tensor([1 - 11 / 21]))


@pytest.mark.parametrize('loss', [mask_bce, mask_dice])
def test_gradients_are_right(loss):
    logits = torch.randn(2, 5, dtype=torch.double, requires_grad=True)
    targets = torch.rand(2, 5, dtype=torch.double).round()
    assert torch.autograd.gradcheck(lambda x: loss(x, targets), (logits,))


def test_a_perfect_prediction_costs_nothing():
    criterion = SetCriterion(num_classes=3, num_points=256)
    losses = criterion(perfect(half(), layers=3, queries=4, classes=3), [half()])
    assert set(losses) == {'loss_cls', 'loss_mask', 'loss_dice', 'loss_earlier'}
    assert losses['loss_cls'] < 1e-4
    # points between two pixels of the predicted mask have a logit near 0 there
    assert losses['loss_mask'] < 5 * 0.1 and losses['loss_dice'] < 5 * 0.1


def test_no_object_weighs_a_tenth():
    # 4 queries, 2 of them matched, all class logits 0: the weighted mean of log 4 is log 4, times the weight 2
    predictions = perfect(half(), layers=1, queries=4, classes=3)
    criterion = SetCriterion(num_classes=3, num_points=64)
    flat = criterion(predictions._replace(class_logits=torch.zeros(1, 1, 4, 4)), [half()])
    torch.testing.assert_close(flat['loss_cls'], torch.tensor(2 * math.log(4)))
    # only the two unmatched are wrong, by 100: (2 * 0.1 * 100) / (2 + 2 * 0.1), times 2
    scores = predictions.class_logits.clone()
    scores[0, 0, 2:] = torch.tensor([100.0, 0, 0, 0])
    wrong = criterion(predictions._replace(class_logits=scores), [half()])
    torch.testing.assert_close(wrong['loss_cls'], torch.tensor(2 * 20 / 2.2), rtol=1e-4, atol=0)


def test_every_layer_is_supervised():
    torch.manual_seed(0)
    masks = torch.randn(3, 2, 4, 16, 16, requires_grad=True)
    scores = torch.randn(3, 2, 4, 4, requires_grad=True)
    losses = SetCriterion(num_classes=3, num_points=64)(Predictions(scores, masks), [half(), half()])
    sum(losses.values()).backward()
    assert (masks.grad.flatten(1).abs().sum(1) > 0).all() and (scores.grad.flatten(1).abs().sum(1) > 0).all()


def test_an_image_without_labels_trains_no_mask():
    nothing = MaskTargets.from_semantic(torch.full((16, 16), 255))
    masks = torch.randn(2, 1, 4, 16, 16, requires_grad=True)
    losses = SetCriterion(num_classes=3, num_points=64)(Predictions(torch.zeros(2, 1, 4, 4), masks), [nothing])
    sum(losses.values()).backward()
    assert losses['loss_mask'] == 0 and not masks.grad.any()


def test_ignored_pixels_of_the_label_do_not_reach_the_mask():
    labels = torch.full((16, 16), 255)
    labels[:, :4] = 0
    torch.manual_seed(0)
    masks = torch.zeros(1, 1, 1, 16, 16, requires_grad=True)
    criterion = SetCriterion(num_classes=1, num_points=512)
    losses = criterion(Predictions(torch.zeros(1, 1, 1, 2), masks), [MaskTargets.from_semantic(labels)])
    (losses['loss_mask'] + losses['loss_dice']).backward()
    assert masks.grad[..., :4].all() and not masks.grad[..., 4:].any()
    torch.testing.assert_close(losses['loss_mask'], torch.tensor(5 * math.log(2)))  # the mean over what is known


def test_a_query_on_ignored_pixels_is_no_mistake():
    labels = torch.zeros(16, 16, dtype=torch.long)
    labels[:, 8:] = 255
    masks = torch.full((2, 1, 3, 16, 16), -9.0)
    masks[:, :, 0, :, :8], masks[:, :, 1, :, 8:] = 9, 9
    scores = torch.zeros(2, 1, 3, 2, requires_grad=True)
    losses = SetCriterion(num_classes=1, num_points=64)(Predictions(scores, masks), [MaskTargets.from_semantic(labels)])
    sum(losses.values()).backward()
    assert scores.grad[:, :, 0].all() and scores.grad[:, :, 2].all() and not scores.grad[:, :, 1].any()


def test_more_targets_than_queries():
    losses = SetCriterion(num_classes=3, num_points=64)(
        Predictions(torch.zeros(1, 1, 1, 4), torch.zeros(1, 1, 1, 16, 16)), [half()]
    )
    torch.testing.assert_close(losses['loss_mask'], torch.tensor(5 * math.log(2)))


def test_pixel_losses_are_over_the_labelled_pixels():
    labels = torch.zeros(2, 8, 8, dtype=torch.long)
    labels[0, :4], labels[1] = 1, 255
    logits = torch.zeros(2, 4, 8, 8, requires_grad=True)
    losses = PixelCriterion(num_classes=4)(logits, labels)
    torch.testing.assert_close(losses, dict(loss_ce=torch.tensor(math.log(4))))
    # p = 1/4 on 64 pixels, 32 of each class: 1 - (2 * 8 + 1) / (16 + 32 + 1)
    losses = PixelCriterion(num_classes=4, dice_weight=2.0)(logits, labels)
    torch.testing.assert_close(losses['loss_dice'], torch.tensor(2 * (1 - 17 / 49)))
    sum(losses.values()).backward()
    assert logits.grad[0].any() and not logits.grad[1].any()


def silog(predicted: torch.Tensor, truth: torch.Tensor, *, scale_invariance: float) -> torch.Tensor:
    return SiLogCriterion(max_depth=10, scale_invariance=scale_invariance)(predicted, truth)['loss_silog']


def test_the_depth_loss_of_a_known_error():
    truth = torch.full((2, 1, 4, 4), 2.0)
    # one image twice too far everywhere: log 2 and no spread; the other perfect
    predicted = truth * torch.tensor([2.0, 1.0])[:, None, None, None]
    expected = math.log(2) * math.sqrt(0.5) / 2
    torch.testing.assert_close(silog(predicted, truth, scale_invariance=0.5).item(), expected, atol=1e-4, rtol=0)
    assert silog(predicted, truth, scale_invariance=1.0) < 1e-3
    torch.manual_seed(0)
    predicted, truth = torch.rand(3, 1, 8, 8) + 0.5, torch.rand(3, 1, 8, 8) + 0.5
    torch.testing.assert_close(
        silog(predicted, truth, scale_invariance=0.5), SiLogLoss()(predicted, truth), atol=1e-5, rtol=1e-5
    )


def test_pixels_without_a_depth_do_not_count():
    truth = torch.full((2, 1, 4, 4), 2.0)
    predicted = truth.clone()
    truth[0, :, :2], predicted[0, :, :2] = 0.0, 5.0  # holes
    truth[0, :, 3] = 50.0  # beyond the range
    truth[1] = 0.0  # an image of holes alone
    assert silog(predicted, truth, scale_invariance=0.5) < 1e-3
