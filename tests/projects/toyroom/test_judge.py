"""The judge of the generator: what it counts as found."""

import torch

from mmdatasetdm.toyroom.captions import CLASSES
from projects.toyroom.judge import Judge, found_classes


def test_the_judge_labels_every_pixel():
    judge = Judge().eval()
    with torch.no_grad():
        assert judge(torch.zeros(2, 3, 128, 128)).shape == (2, len(CLASSES), 128, 128)


def test_a_class_of_a_few_pixels_is_not_found():
    scores = torch.zeros(2, len(CLASSES), 128, 128)
    scores[:, 0] = 1
    scores[0, 3, :10, :10] = 2  # 100 pixels of a table
    scores[1, 8, :2, :2] = 2  # 4 of a ball

    class Fixed(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return scores[: len(images)]

    assert found_classes(Fixed(), torch.zeros(2, 3, 128, 128)) == [{'table'}, set()]
