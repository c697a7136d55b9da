"""The published denoisers at their true size, on the meta device: shapes, parameters and operations, no memory."""

import pytest

from mmdatasetdm.diffusion.architectures import ARCHITECTURES

# side of the image, parameters in billions as the cards give them (rounded), channels of the features, operations
FACTS = {
    'stable-diffusion-1.5': (512, 0.86, {8: 2560, 16: 4800, 32: 8320, 64: 8960}, 0.80),
    'stable-diffusion-2.1': (768, 0.87, {8: 2560, 16: 4800, 32: 8320, 64: 8960}, 2.15),
    'sdxl': (1024, 2.57, {8: 2560, 16: 4800, 32: 8320}, 6.76),
    'if-i-m': (64, 0.37, {1: 1920, 2: 3456, 4: 5184, 8: 6720}, 0.23),
    'if-i-l': (64, 0.94, {1: 3200, 2: 5760, 4: 8640, 8: 11200}, 0.61),
    'if-i-xl': (64, 4.30, {1: 7040, 2: 12672, 4: 19008, 8: 24640}, 2.88),
    'pixart-sigma': (1024, 0.61, dict.fromkeys((16, 32, 64), 4608), 6.63),
    'stable-diffusion-3-medium': (1024, 2.03, dict.fromkeys((16, 32, 64), 6144), 8.90),
    'flux.1-dev': (1024, 11.90, dict.fromkeys((16, 32, 64), 12288), 74.4),
    'sana-1.6b': (1024, 1.60, dict.fromkeys((32, 64, 128), 8960), 2.97),
}


@pytest.mark.parametrize('name', ARCHITECTURES)
def test_one_pass(name):
    size, billions, channels, teraflops = FACTS[name]
    made = ARCHITECTURES[name].build()
    assert made.image_size == size
    assert made.parameters / 1e9 == pytest.approx(billions, abs=0.006)
    assert made.channels == channels
    assert made.teraflops() == pytest.approx(teraflops, rel=0.01)
    raw = made.extract()
    latents = made.denoiser.images.stride * made.denoiser.latent_size
    for level, taps in raw.taps.items():
        assert sum(tap.shape[1] for tap in taps) == channels[made.architecture.stride << level]
        assert all(tap.shape[-2:] == (latents >> level, latents >> level) for tap in taps)
    tokens = made.architecture.tokens
    assert raw.attention and all(maps.shape[:2] == (1, tokens) for maps in raw.attention.values())
