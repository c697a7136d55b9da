import torch

from mmdatasetdm.models.padding import pad_to_stride


def test_the_last_row_and_column_are_repeated_up_to_the_stride():
    images = torch.rand(2, 3, 5, 8)
    padded = pad_to_stride(images, 4)
    assert padded.shape == (2, 3, 8, 8)
    assert torch.equal(padded[..., :5, :], images)
    assert torch.equal(padded[..., 5:, :], images[..., 4:, :].expand(-1, -1, 3, -1))
    assert pad_to_stride(images[..., :4, :], 4).shape == (2, 3, 4, 8)
