"""What all heads have in common."""

import torch

from mmdatasetdm.models import (
    DepthDecoderHead,
    InstanceDecoderHead,
    PDecoderHead,
    PixelClassifierHead,
    PixelInstanceHead,
    TextQueryHead,
)
from mmdatasetdm.models.decode_heads.base import DecoderHead, image_size_of, mean_of


def test_every_head_has_a_task():
    tasks = {
        PDecoderHead: 'semantic',
        PixelClassifierHead: 'semantic',
        TextQueryHead: 'semantic',
        InstanceDecoderHead: 'instance',
        PixelInstanceHead: 'instance',
        DepthDecoderHead: 'depth',
    }
    for kind, task in tasks.items():
        assert issubclass(kind, DecoderHead) and kind.task == task
        assert kind.open_vocabulary == (kind is TextQueryHead)


def test_a_single_head_is_its_only_member():
    head = DecoderHead()
    assert head.members == [head]


def test_images_have_the_size_of_the_finest_features_times_their_stride():
    assert image_size_of([torch.zeros(1, 2, 4, 6), torch.zeros(1, 2, 2, 3)], 8) == (32, 48)


def test_means_are_in_single_precision():
    mean = mean_of([torch.zeros(2, dtype=torch.float16), torch.ones(2, dtype=torch.float16)])
    assert mean.dtype == torch.float32 and mean.tolist() == [0.5, 0.5]
