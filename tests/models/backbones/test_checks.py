"""Options and images of the backbone that it cannot take are named; others pass."""

import pytest
import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.models.backbones.checks import check_images, check_options

FINE = dict(flags=dict(with_uncond=True), cache_level='features', dtype=None, prompt_template='a room with {classes}')


def test_what_is_right_passes():
    check_options(**FINE)
    check_images(torch.zeros(1, 3, 64, 96), stride=32, source='toyroom')


@pytest.mark.parametrize(
    ('wrong', 'said'),
    [
        (dict(flags=dict(with_attention=1)), 'with_attention is 1: choose True or False'),
        (dict(cache_level='images'), "cache_level is 'images': choose 'features' or 'latents'"),
        (dict(dtype='int8'), "dtype is 'int8'"),
        (dict(prompt_template='a room'), "prompt_template is 'a room': it needs {classes}"),
    ],
)
def test_wrong_options(wrong, said):
    with pytest.raises(UserError) as raised:
        check_options(**dict(FINE, **wrong))
    assert str(raised.value).startswith(said)


@pytest.mark.parametrize(
    ('images', 'said'),
    [
        (torch.zeros(1, 3, 64, 80), 'images are 80x64, but toyroom needs multiples of 32'),
        (torch.full((1, 3, 32, 32), 255.0), r'images must be RGB in \[-1, 1\]'),
    ],
)
def test_wrong_images(images, said):
    with pytest.raises(UserError, match=said):
        check_images(images, stride=32, source='toyroom')
