import torch

from mmdatasetdm.decoder.points import sample_points, uncertain_points


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
    points = uncertain_points(ramp, count=200, oversample=3.0, importance=0.75)
    assert points.shape == (2, 200, 2)
    distance = (points[:, :, 0] - 0.5).abs()
    assert distance[:, :150].max() < 0.2, 'a quarter of the candidates lies that near'
    assert distance[:, 150:].max() > 0.4, 'the rest is anywhere'
