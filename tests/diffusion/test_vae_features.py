import pytest
import torch

from mmdatasetdm.errors import UserError


def test_shapes_are_those_of_the_strides(toy_generator):
    latents = torch.randn(2, 16, 8, 12)
    found = toy_generator.decoder_features(latents, strides=(4, 2))
    assert {stride: tuple(x.shape) for stride, x in found.items()} == {2: (2, 8, 32, 48), 4: (2, 16, 16, 24)}


def test_the_finest_level_is_what_the_image_is_made_of(toy_generator):
    latents = torch.randn(1, 16, 8, 8)
    decoder = toy_generator._denoiser.images.vae.decoder
    last = toy_generator.decoder_features(latents, strides=(8, 1))[1]
    image = decoder.conv_out(torch.nn.functional.silu(decoder.conv_norm_out(last)))
    torch.testing.assert_close(image.clamp(-1, 1), toy_generator.decode_latents(latents))


def test_a_stride_that_it_does_not_have(toy_generator):
    with pytest.raises(UserError, match='no features of stride 16: it has 8, 4, 2, 1'):
        toy_generator.decoder_features(torch.randn(1, 16, 8, 8), strides=(16, 4))
