import torch

from mmdatasetdm.decoder.matcher import MaskTargets, hungarian_match

WEIGHTS = {'class_weight': 2.0, 'mask_weight': 5.0, 'dice_weight': 5.0}


def quarters() -> torch.Tensor:
    labels = torch.zeros(32, 32, dtype=torch.long)
    labels[:16, 16:], labels[16:, :16], labels[16:, 16:] = 2, 4, 255
    return labels


def logits_of(masks: torch.Tensor) -> torch.Tensor:
    return masks.float() * 20 - 10


def test_targets_of_a_label_map():
    targets = MaskTargets.from_semantic(quarters())
    assert targets.labels.tolist() == [0, 2, 4]
    assert targets.masks.sum(dim=(1, 2)).tolist() == [256, 256, 256]
    assert targets.valid.sum() == 768


def test_an_image_of_nothing_but_ignored_pixels_has_no_targets():
    targets = MaskTargets.from_semantic(torch.full((8, 8), 255))
    assert targets.labels.shape == (0,) and targets.masks.shape == (0, 8, 8)


def test_the_right_queries_are_found_in_every_layer():
    targets = MaskTargets.from_semantic(quarters())
    orders = [[3, 0, 1], [2, 4, 0]]
    masks = torch.full((2, 5, 32, 32), -10.0)
    classes = torch.zeros(2, 5, 7)
    for layer, order in enumerate(orders):
        for target, query in enumerate(order):
            masks[layer, query] = logits_of(targets.masks[target])
            classes[layer, query, targets.labels[target]] = 5
    found = hungarian_match(classes, masks, targets, num_points=512, **WEIGHTS)
    for (queries, index), order in zip(found, orders, strict=True):
        assert {int(s): int(q) for q, s in zip(queries, index, strict=True)} == dict(enumerate(order))


def test_ignored_pixels_do_not_decide():
    targets = MaskTargets.from_semantic(quarters())
    wrong_where_ignored = targets.masks[0].clone()
    wrong_where_ignored[16:, 16:] = True
    masks = torch.stack([logits_of(wrong_where_ignored), torch.zeros(32, 32)])[None]
    ((queries, index),) = hungarian_match(torch.zeros(1, 2, 7), masks, targets, num_points=512, **WEIGHTS)
    assert 0 in queries[index == 0]


def test_class_cost_alone():
    targets = MaskTargets.from_semantic(quarters())
    classes = torch.zeros(1, 3, 7)
    for query, label in enumerate((4, 0, 2)):
        classes[0, query, label] = 3
    ((queries, index),) = hungarian_match(
        classes, torch.zeros(1, 3, 32, 32), targets, num_points=16, class_weight=1.0, mask_weight=0.0, dice_weight=0.0
    )
    assert targets.labels[index].tolist() == [(4, 0, 2)[q] for q in queries]
