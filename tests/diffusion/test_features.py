from collections import defaultdict

import pytest
import torch
from diffusers.models.attention_processor import Attention, AttnProcessor2_0

from mmdatasetdm.diffusion.features import add_noise, pack
from mmdatasetdm.diffusion.text_encoder import TextEmbedding
from mmdatasetdm.errors import UserError

TEXTS = ['a red chair and a table', 'a dog on a sofa', 'a lamp']

# activations of the trained model reach thirty, and rounding grows from layer to layer
CLOSE = {'atol': 2e-3, 'rtol': 1e-3}


def assert_same(ours, theirs, **tolerance):
    for name in ('pyramid', 'attention', 'phrase_attention'):
        a, b = getattr(ours, name), getattr(theirs, name)
        assert list(a) == list(b)
        for stride in a:
            torch.testing.assert_close(a[stride], b[stride], **tolerance)


def rows(features, wanted):
    return type(features)(
        *(
            {s: x[wanted] for s, x in maps.items()}
            for maps in (features.pyramid, features.attention, features.phrase_attention)
        )
    )


@pytest.fixture
def latents():
    return torch.randn(3, 16, 16, 16, generator=torch.Generator().manual_seed(5))


def test_shapes(generator, latents):
    features = generator.extract_features(latents, TEXTS, timestep=1, phrases=['chair', 'dog'])
    assert generator.strides == (8, 16, 32)
    assert list(features.pyramid) == [8, 16, 32]
    for stride, maps in features.pyramid.items():
        assert maps.shape == (3, generator.channels[stride], 128 // stride, 128 // stride)
    for stride, maps in features.attention.items():
        assert maps.shape == (3, generator.max_tokens, 128 // stride, 128 // stride)
        torch.testing.assert_close(maps.sum(dim=1), torch.ones(3, 128 // stride, 128 // stride))
        assert features.phrase_attention[stride].shape == (3, 2, 128 // stride, 128 // stride)


def test_batch_equals_one_by_one(generator, latents):
    arguments = {'timestep': 50, 'phrases': ['chair', 'dog'], 'with_uncond': True}
    together = generator.extract_features(latents, TEXTS, noise_seeds=[3, 4, 5], **arguments)
    for i, text in enumerate(TEXTS):
        alone = generator.extract_features(latents[i : i + 1], [text], noise_seeds=[3 + i], **arguments)
        assert_same(rows(together, slice(i, i + 1)), alone, **CLOSE)


def test_the_two_passes_are_packed_per_sample(generator, latents):
    both = generator.extract_features(latents, TEXTS, timestep=1, with_uncond=True)
    conditional = generator.extract_features(latents, TEXTS, timestep=1)
    unconditional = generator.extract_features(latents, [''] * 3, timestep=1)
    for stride, channels in generator.channels.items():
        maps = both.pyramid[stride]
        assert maps.shape[1] == 2 * channels
        torch.testing.assert_close(maps[:, :channels], conditional.pyramid[stride], **CLOSE)
        torch.testing.assert_close(maps[:, channels:], unconditional.pyramid[stride], **CLOSE)
    for stride, maps in both.attention.items():  # of the conditional pass alone
        torch.testing.assert_close(maps, conditional.attention[stride], atol=1e-5, rtol=1e-4)


def test_pack():
    halves = torch.tensor([10, 11, 12, 20, 21, 22]).view(6, 1, 1, 1)
    assert pack(halves, passes=2).flatten(1).tolist() == [[10, 20], [11, 21], [12, 22]]
    assert torch.equal(pack(halves, passes=1), halves)


@pytest.mark.parametrize('scheduler', ['DDIMScheduler', 'EulerAncestralDiscreteScheduler'])
def test_features_do_not_depend_on_the_sampler(generator, latents, scheduler):
    before = generator.extract_features(latents, TEXTS, timestep=1, phrases=['dog'])
    for steps in (4, 20, 50):
        generator.sample(['a dog'], seeds=[0], scheduler=scheduler, steps=steps, guidance=1, height=32, width=32)
        assert_same(generator.extract_features(latents, TEXTS, timestep=1, phrases=['dog']), before, atol=0, rtol=0)


def test_attention_is_the_mean_over_heads_and_layers(generator, latents):
    """Against the softmax computed apart from the queries and keys of every cross-attention layer."""
    unet = generator._denoiser.unet
    layers = [m for m in unet.modules() if isinstance(m, Attention) and m.is_cross_attention]
    projected, hooks = {}, []
    for layer in layers:
        for name in ('to_q', 'to_k'):
            hooks.append(
                getattr(layer, name).register_forward_hook(
                    lambda module, args, output: projected.__setitem__(module, output)
                )
            )
    features = generator.extract_features(latents, TEXTS, timestep=1)
    for hook in hooks:
        hook.remove()
    expected = defaultdict(list)
    for layer in layers:
        query, key = (layer.head_to_batch_dim(projected[module]) for module in (layer.to_q, layer.to_k))
        probabilities = layer.get_attention_scores(query, key).unflatten(0, (3, layer.heads)).mean(dim=1)
        side = int(probabilities.shape[1] ** 0.5)
        expected[128 // side].append(probabilities.transpose(1, 2).unflatten(2, (side, side)))
    assert sorted(expected) == sorted(features.attention)
    for stride, maps in features.attention.items():
        torch.testing.assert_close(maps, torch.stack(expected[stride]).mean(dim=0), atol=1e-5, rtol=1e-4)


def test_phrase_attention_is_the_mean_over_its_tokens(toy_generator, latents):
    text = 'a chair and a dining table'  # <start> a chair and a dinin g table <end>
    features = toy_generator.extract_features(latents[:1], [text], timestep=1, phrases=['dining table', 'dog', 'chair'])
    for stride, maps in features.phrase_attention.items():
        torch.testing.assert_close(maps[:, 0], features.attention[stride][:, 5:8].mean(dim=1))
        assert not maps[:, 1].any()
        torch.testing.assert_close(maps[:, 2], features.attention[stride][:, 2])


def test_capture_changes_nothing_and_never_sees_self_attention(generator, latents):
    """The pass predicts what the fused pass predicts; self-attention keeps its fused processor."""
    denoiser = generator._denoiser
    text = generator.encode_text(TEXTS)
    plain = denoiser.predict(latents, torch.tensor(1), text)
    outputs, processors = [], set()

    def before(module, *_):
        layers = [m for m in module.modules() if isinstance(m, Attention)]
        processors.update((layer.is_cross_attention, type(layer.processor)) for layer in layers)

    hooks = [
        denoiser.unet.register_forward_pre_hook(before),
        denoiser.unet.register_forward_hook(lambda module, args, output: outputs.append(output[0])),
    ]
    raw = denoiser.extract(latents, torch.tensor(1), text, attention_of=2)
    for hook in hooks:
        hook.remove()
    torch.testing.assert_close(outputs[0], plain, atol=1e-5, rtol=1e-4)
    assert {p for is_cross, p in processors if not is_cross} == {AttnProcessor2_0}
    assert AttnProcessor2_0 not in {p for is_cross, p in processors if is_cross}
    assert {maps.shape[:2] for maps in raw.attention.values()} == {(2, generator.max_tokens)}
    assert {type(p) for p in denoiser.unet.attn_processors.values()} == {AttnProcessor2_0}


def test_a_failing_pass_leaves_nothing_behind(toy_generator, latents):
    with pytest.raises(RuntimeError):
        toy_generator._denoiser.extract(
            latents, torch.tensor(1), TextEmbedding(torch.zeros(3, 32, 7), torch.zeros(3, 32)), attention_of=3
        )
    unet = toy_generator._denoiser.unet
    assert {type(p) for p in unet.attn_processors.values()} == {AttnProcessor2_0}
    assert not any(module._forward_hooks for module in unet.modules())


def test_forward_noise(toy_generator, latents):
    schedule = toy_generator._noise_schedule
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2  # the generator's own, 'scaled_linear'
    signal = (1 - betas).cumprod(0)[400]
    noisy = add_noise(latents, schedule, 400, [9, 8, 9])
    noise = torch.randn(16, 16, 16, generator=torch.Generator().manual_seed(8))
    torch.testing.assert_close(noisy[1], signal.sqrt() * latents[1] + (1 - signal).sqrt() * noise)
    torch.testing.assert_close(noisy[0] - noisy[2], signal.sqrt() * (latents[0] - latents[2]), atol=1e-5, rtol=1e-4)
    assert torch.equal(add_noise(latents[1:2], schedule, 400, [8]), noisy[1:2])


def test_one_seed_serves_all(generator, latents):
    one = generator.extract_features(latents, TEXTS, timestep=100, noise_seeds=6)
    assert_same(one, generator.extract_features(latents, TEXTS, timestep=100, noise_seeds=[6, 6, 6]), atol=0, rtol=0)
    other = generator.extract_features(latents, TEXTS, timestep=100, noise_seeds=7)
    assert not torch.allclose(one.pyramid[8], other.pyramid[8])


def test_sides_that_are_not_multiples_round_up(generator):
    features = generator.extract_features(torch.randn(1, generator.latent_channels, 17, 14), ['a dog'], timestep=1)
    sizes = {stride: tuple(x.shape[-2:]) for stride, x in features.pyramid.items()}
    assert sizes == {8: (17, 14), 16: (9, 7), 32: (5, 4)}
    for stride, maps in features.attention.items():
        assert maps.shape[-2:] == features.pyramid[stride].shape[-2:]


def test_features_carry_no_gradient(generator, latents):
    features = generator.extract_features(latents.requires_grad_(), TEXTS, timestep=1)
    assert not features.pyramid[8].requires_grad
    weight = torch.ones(1, requires_grad=True)
    (features.pyramid[8] * weight).sum().backward()  # and yet a decoder can be trained on them
    assert weight.grad is not None


@pytest.mark.parametrize(
    'arguments, message',
    [
        ({'timestep': 1000}, "timestep 1000 is outside the generator's noise schedule, 0 to 999"),
        ({'timestep': -1}, 'timestep -1 is outside'),
        ({'timestep': 1, 'noise_seeds': [1]}, '3 latents need as many texts and noise seeds, not 3 and 1'),
    ],
)
def test_mistakes(generator, latents, arguments, message):
    with pytest.raises(UserError, match=message):
        generator.extract_features(latents, TEXTS, **arguments)


def test_too_small(generator):
    with pytest.raises(UserError, match=r'latents of \(3, 16\) are too small: 3 levels need 4'):
        generator.extract_features(torch.randn(1, generator.latent_channels, 3, 16), ['a dog'], timestep=1)
