import pytest
import torch
from diffusers import AutoencoderKL

from mmdatasetdm.errors import UserError


def test_facts_come_from_the_model(toy_generator):
    assert toy_generator.image_size == 128
    assert (toy_generator.latent_channels, toy_generator.latent_stride, toy_generator.max_tokens) == (16, 8, 32)
    # conv_in + down + up layers + upsampler, per level; widths 16, 32, 48, one layer down and two up
    assert toy_generator.channels == {8: 16 + 16 + 2 * 16 + 32, 16: 16 + 32 + 2 * 32 + 48, 32: 32 + 48 + 48 + 2 * 48}
    assert toy_generator.strides == (8, 16, 32)
    assert (toy_generator.device, toy_generator.dtype) == (torch.device('cpu'), torch.float32)


def test_latents_are_the_scaled_mode(toy_generator, toy_generator_folder):
    images = torch.rand(2, 3, 64, 96) * 2 - 1
    vae = AutoencoderKL.from_pretrained(toy_generator_folder / 'vae')
    latents = toy_generator.encode_images(images)
    assert latents.shape == (2, 16, 8, 12)
    torch.testing.assert_close(latents, vae.encode(images).latent_dist.mean * vae.config.scaling_factor)
    torch.testing.assert_close(
        toy_generator.decode_latents(latents), vae.decode(latents / vae.config.scaling_factor).sample.clamp(-1, 1)
    )


def test_decoded_images_stay_in_range(generator):
    images = generator.decode_latents(20 * torch.randn(1, generator.latent_channels, 16, 16))
    assert images.shape == (1, 3, 128, 128)
    assert images.abs().max() <= 1


@pytest.mark.parametrize('shape', [(1, 3, 100, 128), (3, 64, 64), (1, 1, 64, 64)])
def test_images_of_a_wrong_shape(toy_generator, shape):
    with pytest.raises(UserError, match=r'images must be \(B, 3, H, W\) with sides divisible by 8, not'):
        toy_generator.encode_images(torch.zeros(shape))
