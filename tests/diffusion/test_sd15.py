"""The true Stable Diffusion 1.5 architecture with random weights.

A pass at 512x512 takes 5-20 s on two cores: one is made, the rest is shown on the same net at 128x128 and 64x64.
"""

import pytest
import torch
from diffusers.models.attention_processor import Attention, AttnProcessor2_0

from mmdatasetdm.errors import UserError

CHANNELS = {8: 2560, 16: 4800, 32: 8320, 64: 8960}


@pytest.fixture
def latents():
    return torch.randn(2, 4, 16, 16, generator=torch.Generator().manual_seed(5))


def test_at_512(sd15_generator):
    assert sd15_generator.image_size == 512
    assert sd15_generator.channels == CHANNELS
    assert sum(p.numel() for p in sd15_generator._denoiser.unet.parameters()) == 859_520_964
    kept = []
    hooks = [
        m.register_forward_hook(lambda m, args, output: kept.append((m.is_cross_attention, type(m.processor))))
        for m in sd15_generator._denoiser.unet.modules()
        if isinstance(m, Attention)
    ]
    features = sd15_generator.extract_features(
        torch.randn(1, 4, 64, 64), ['a chair and a dog'], timestep=1, phrases=['chair', 'dog']
    )
    for hook in hooks:
        hook.remove()
    assert len(kept) == 32
    assert {p for is_cross, p in kept if not is_cross} == {AttnProcessor2_0}  # the fused one
    assert {s: tuple(x.shape) for s, x in features.pyramid.items()} == {
        s: (1, c, 512 // s, 512 // s) for s, c in CHANNELS.items()
    }
    for stride, maps in features.attention.items():
        assert maps.shape == (1, 77, 512 // stride, 512 // stride)
        torch.testing.assert_close(maps.sum(dim=1), torch.ones(1, 512 // stride, 512 // stride))
    assert {s: x.shape[1] for s, x in features.phrase_attention.items()} == dict.fromkeys(CHANNELS, 2)
    assert all(x.isfinite().all() for x in features.pyramid.values())


def test_batch_and_both_passes(sd15_generator, latents):
    texts = ['a chair', 'a dog on a sofa']
    both = sd15_generator.extract_features(latents, texts, timestep=1, noise_seeds=[1, 2], with_uncond=True)
    for i, text in enumerate(texts):
        alone = sd15_generator.extract_features(latents[i : i + 1], [text], timestep=1, noise_seeds=[1 + i])
        for stride, channels in CHANNELS.items():
            assert both.pyramid[stride].shape[:2] == (2, 2 * channels)
            torch.testing.assert_close(
                both.pyramid[stride][i, :channels], alone.pyramid[stride][0], atol=2e-3, rtol=2e-3
            )
            torch.testing.assert_close(both.attention[stride][i], alone.attention[stride][0], atol=1e-4, rtol=1e-3)
    empty = sd15_generator.extract_features(latents[1:], [''], timestep=1, noise_seeds=[2])
    for stride, channels in CHANNELS.items():
        torch.testing.assert_close(both.pyramid[stride][1, channels:], empty.pyramid[stride][0], atol=2e-3, rtol=2e-3)


def test_features_do_not_depend_on_the_sampler(sd15_generator, latents):
    latents = latents[:1, :, :8, :8]
    before = sd15_generator.extract_features(latents, ['a dog'], timestep=1)
    sd15_generator.sample(['a dog'], seeds=[0], steps=4, guidance=1, height=64, width=64)
    after = sd15_generator.extract_features(latents, ['a dog'], timestep=1)
    assert all(torch.equal(after.pyramid[stride], before.pyramid[stride]) for stride in CHANNELS)


def test_no_fingerprint_in_memory(sd15_generator):
    with pytest.raises(UserError, match='built in memory has no fingerprint'):
        _ = sd15_generator.fingerprint
