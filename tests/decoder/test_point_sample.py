import torch

from mmdatasetdm.decoder.point_sample import random_points, sample_points, uncertain_points, without_ignored


def test_a_pixels_centre_gives_its_value():
    maps = torch.arange(12.0).view(1, 1, 3, 4)
    y, x = torch.meshgrid((torch.arange(3) + 0.5) / 3, (torch.arange(4) + 0.5) / 4, indexing='ij')
    points = torch.stack([x, y], dim=-1).view(1, 12, 2)
    torch.testing.assert_close(sample_points(maps, points)[0, 0], torch.arange(12.0))


def test_between_two_pixels_lies_their_mean():
    maps = torch.tensor([[[[0.0, 1.0]]]])
    torch.testing.assert_close(sample_points(maps, torch.tensor([[[0.5, 0.5]]])), torch.tensor([[[0.5]]]))


def test_important_points_are_at_the_edge():
    torch.manual_seed(0)
    ramp = torch.linspace(-10, 10, 64).expand(2, 64, 64)  # the edge is the middle column
    everywhere = [torch.ones(64, 64, dtype=torch.bool)]
    points = uncertain_points(
        ramp, valid=everywhere, owners=[0, 0], num_points=200, oversample_ratio=3.0, importance_sample_ratio=0.75
    )
    assert points.shape == (2, 200, 2)
    distance = (points[:, :, 0] - 0.5).abs()
    assert distance[:, :150].max() < 0.2, 'a quarter of the candidates lies that near'
    assert distance[:, 150:].max() > 0.4, 'the rest is anywhere'


def test_random_points_are_spread_over_the_valid_pixels():
    torch.manual_seed(0)
    valid = torch.zeros(3, 5, dtype=torch.bool)
    valid[0, 4] = valid[2, 1] = True
    points = random_points(valid, 2, 500)
    assert points.shape == (2, 500, 2)
    numbers = torch.arange(15.0).view(1, 1, 3, 5).expand(2, 1, 3, 5)
    read = sample_points(numbers, points, mode='nearest').flatten()
    assert set(read.tolist()) == {4, 11} and 400 < (read == 4).sum() < 600


def test_each_masks_points_are_on_its_own_images_pixels():
    torch.manual_seed(0)
    left, right = torch.zeros(2, 32, 32, dtype=torch.bool)
    left[:, :8], right[:, 24:] = True, True
    masks = torch.linspace(-10, 10, 32).expand(3, 32, 32)
    points = uncertain_points(
        masks, valid=[left, right], owners=[1, 0, 1], num_points=64, oversample_ratio=2, importance_sample_ratio=0.5
    )
    assert (points[1, :, 0] < 0.25).all() and (points[[0, 2], :, 0] > 0.75).all()


def test_only_cells_without_a_valid_pixel_are_frozen():
    valid = torch.ones(8, 8, dtype=torch.bool)
    valid[:, 3:] = False
    masks = torch.randn(1, 4, 4, requires_grad=True)  # cells of two pixels: the second column has a valid one
    kept = without_ignored(masks, [valid], [0])
    assert torch.equal(kept, masks)
    kept.sum().backward()
    assert masks.grad[0].tolist() == [[1, 1, 0, 0]] * 4
