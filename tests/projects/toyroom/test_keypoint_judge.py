"""The keypoint judge: crops, targets and what counts as seen."""

import argparse

import numpy as np
import torch

from projects.toyroom.keypoint_judge import (
    HEIGHT,
    WIDTH,
    heat_maps,
    load_keypoint_judge,
    mask_box,
    read_boxes,
    sure_keypoints,
    train_keypoint_judge,
)


def test_a_crop_shows_the_box_and_a_quarter_more():
    image = torch.zeros(1, 3, 128, 128)
    image[:, :, 40:88, 46:82] = 1  # 48 high, 36 wide: the aspect ratio of the crop
    crops, corners = read_boxes(image, torch.tensor([[46.0, 40.0, 82.0, 88.0]]))
    assert crops.shape == (1, 3, HEIGHT, WIDTH)
    torch.testing.assert_close(corners, torch.tensor([[41.5, 34.0, 86.5, 94.0]]))
    assert abs(crops.mean().item() - 1 / 1.25**2) < 0.02


def test_a_heat_map_is_highest_at_its_keypoint():
    keypoints = torch.zeros(1, 17, 3)
    keypoints[0, 0] = torch.tensor([64.0, 30.0, 2.0])
    maps, weight = heat_maps(keypoints, torch.tensor([[40.0, 0.0, 88.0, 64.0]]))
    assert weight.sum() == 1
    row, column = divmod(int(maps[0, 0].argmax()), maps.shape[-1])
    # the point is half way across and 30 / 64 down
    assert abs((column + 0.5) / maps.shape[-1] - 0.5) < 0.03
    assert abs((row + 0.5) / maps.shape[-2] - 30 / 64) < 0.03
    assert maps[0, 1:].abs().max() == 0


def test_the_box_of_a_mask():
    mask = torch.zeros(128, 128, dtype=torch.bool)
    assert mask_box(mask) is None
    mask[10:20, 30:50] = True
    assert mask_box(mask).tolist() == [30, 10, 50, 20]


def test_it_trains_and_counts(tmp_path):
    rng = np.random.default_rng(0)
    np.savez(
        tmp_path / 'people_000000.npz',
        images=rng.integers(255, size=(16, 128, 128, 3), dtype=np.uint8),
        boxes=np.tile([40, 20, 80, 110], (16, 1)),
        keypoints=np.concatenate([rng.uniform(40, 80, (16, 17, 2)), np.full((16, 17, 1), 2.0)], 2),
    )
    train_keypoint_judge(argparse.Namespace(pool=tmp_path, work=tmp_path, steps=2))
    judge = load_keypoint_judge(tmp_path)
    counts = sure_keypoints(judge, torch.zeros(2, 3, 128, 128), torch.tensor([[40.0, 20, 80, 110]] * 2))
    assert counts.tolist() == [0, 0]
    sure = sure_keypoints(
        lambda crops: torch.ones(len(crops), 17, 32, 24), torch.zeros(1, 3, 128, 128), torch.ones(1, 4)
    )
    assert sure.tolist() == [17]
