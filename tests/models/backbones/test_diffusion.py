import copy
import pickle
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.errors import UserError
from mmdatasetdm.models import DiffusionFeatureBackbone

NAMES = ['chair', 'sofa', 'lamp']


@pytest.fixture
def make(toy_generator_folder):
    def build(**changes) -> DiffusionFeatureBackbone:
        given = {
            'generator': str(toy_generator_folder),
            'timestep': 5,
            'class_phrases': NAMES,
            'dtype': 'float32',
        }
        return DiffusionFeatureBackbone(**{**given, **changes})

    return build


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_shapes_are_those_announced(make, images):
    backbone = make()
    levels = backbone(images)
    assert backbone.strides == (8, 16, 32)
    assert [tuple(level.shape) for level in levels] == [
        (2, channels, 64 // stride, 96 // stride)
        for channels, stride in zip(backbone.out_channels, backbone.strides, strict=True)
    ]


def test_a_class_name_is_one_channel_and_without_phrases_a_token_is(make):
    pyramid = make().generator.channels
    # the finest level of this generator has no cross-attention
    assert make().out_channels == (pyramid[8], pyramid[16] + 3, pyramid[32] + 3)
    assert make(class_phrases=()).out_channels[-1] == pyramid[32] + make().generator.max_tokens
    assert make(with_uncond=True).out_channels[-1] == 2 * pyramid[32] + 3
    assert make(with_attention=False, class_phrases=[]).out_channels[-1] == pyramid[32]


def test_images_and_their_latents_have_the_same_features(make, images):
    backbone = make()
    for a, b in zip(backbone(images), backbone.forward_latents(backbone.generator.encode_images(images)), strict=True):
        assert torch.equal(a, b)


def test_features_are_those_of_the_extraction_pass(make, images):
    backbone = make()
    latents = backbone.generator.encode_images(images)
    features = backbone.generator.extract_features(latents, ['chair, sofa, lamp'] * 2, timestep=5, phrases=NAMES)
    expected = torch.cat([features.pyramid[32], features.phrase_attention[32]], dim=1)
    torch.testing.assert_close(backbone(images)[-1], expected)


def test_an_image_has_the_same_features_in_any_batch(make, images):
    backbone = make()
    for batch, alone in zip(backbone(images), backbone(images[1:]), strict=True):
        torch.testing.assert_close(batch[1:], alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize('level', ['features', 'latents'])
def test_cached_features_are_those_computed(make, images, level, tmp_path):
    plain, cached = make()(images), make(cache=str(tmp_path), cache_level=level)
    first, again, half = cached(images), cached(images), cached(images[1:])
    for a, b, c, d in zip(plain, first, again, half, strict=True):
        torch.testing.assert_close(a, b, atol=2e-2, rtol=1e-2)
        assert torch.equal(b, c)
        torch.testing.assert_close(b[1:], d, atol=1e-5, rtol=1e-4)


def test_nothing_cached_is_computed_again(make, images, tmp_path, monkeypatch):
    backbone = make(cache=str(tmp_path))
    backbone(images)
    seen = []
    extract = DiffusionModel.extract_features
    monkeypatch.setattr(
        DiffusionModel,
        'extract_features',
        lambda self, latents, *a, **k: (seen.append(len(latents)), extract(self, latents, *a, **k))[1],
    )
    backbone(images)
    assert seen == []
    backbone(torch.cat([images, images.flip(-1)]))
    assert seen == [2]


def test_an_image_twice_in_a_batch_is_computed_once(make, images):
    backbone = make(cache='memory')
    first, second = backbone(images[:1].expand(2, -1, -1, -1))[0]
    assert torch.equal(first, second) and len(backbone._cache._memory) == 1


def test_nothing_of_the_generator_is_in_the_module(make):
    backbone = make()
    assert list(backbone.parameters()) == []
    assert list(backbone.state_dict()) == ['belongs_to']
    assert backbone.state_dict()['belongs_to'].numel() < 1000
    backbone.init_weights()
    copy.deepcopy(backbone)
    assert len(pickle.dumps(backbone)) < 100_000


def test_another_generators_checkpoint_is_refused_in_one_line(make, toy_generator_folder, tmp_path):
    other = shutil.copytree(toy_generator_folder, tmp_path / 'other')
    weights = other / 'unet' / 'diffusion_pytorch_model.safetensors'
    save_file({name: tensor * 1.01 for name, tensor in load_file(weights).items()}, weights)
    with pytest.raises(UserError, match=r'this decoder belongs to generator .*, not to .*other') as raised:
        make(generator=str(other)).load_state_dict(make().state_dict())
    assert '\n' not in str(raised.value)


def test_its_own_checkpoint_is_taken_and_a_nameless_one_is_not(make):
    make().load_state_dict(make().state_dict())
    with pytest.raises(RuntimeError, match='belongs_to'):
        make().load_state_dict({})


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'with_uncond': 2}, 'with_uncond is 2'),
        ({'with_attention': 0}, 'with_attention is 0'),
        ({'with_attention': False, 'class_phrases': ['bed']}, 'class_phrases ask for attention maps'),
        ({'cache_level': 'images'}, "cache_level is 'images'"),
        ({'dtype': 'int8'}, "dtype is 'int8'"),
        ({'timestep': 1000}, 'timestep 1000 is outside'),
        ({'generator': '/no/such/folder'}, "no generator folder '/no/such/folder'"),
        ({'prompt_template': 'a photo'}, r"prompt_template is 'a photo': it needs \{classes\}"),
        ({'prompt': 'a sofa', 'class_phrases': ['sofa', 'zebra']}, 'class_phrases zebra are not in the prompt'),
    ],
)
def test_mistakes_are_named(make, changes, message):
    with pytest.raises(UserError, match=message):
        make(**changes)


def test_images_must_fit_the_generator(make):
    with pytest.raises(UserError, match=r'images are 96x80, but .* needs multiples of 32'):
        make()(torch.zeros(1, 3, 80, 96))
    with pytest.raises(UserError, match=r'images must be RGB in \[-1, 1\]'):
        make()(torch.full((1, 3, 64, 64), 2.6))


def test_the_autoencoders_finer_levels_come_first(make, images):
    backbone = make(vae_strides=(4, 2))
    assert backbone.strides == (2, 4, 8, 16, 32)
    levels, plain = backbone(images), make()(images)
    assert [tuple(level.shape[-2:]) for level in levels[:2]] == [(32, 48), (16, 24)]
    assert all(torch.equal(a, b) for a, b in zip(levels[2:], plain, strict=True))
    assert tuple(level.shape[1] for level in levels) == backbone.out_channels


def test_an_image_may_have_a_prompt_of_its_own(make, images, tmp_path):
    backbone = make(prompt_template='a room with {classes}', cache=str(tmp_path))
    assert backbone.prompt_of(['lamp', 'chair']) == 'a room with a chair and a lamp', 'in the order of the phrases'
    assert backbone.prompt_of(None) == make().prompt_of(['lamp']) == 'chair, sofa, lamp', 'nothing is known'
    assert backbone.prompt_of([]) == '', 'no class is named: the prompt of the unconditional pass'
    empty = make(prompt_template='a room with {classes}', empty_prompt='an empty room')
    assert empty.prompt_of([]) == 'an empty room' and empty.extraction_settings != backbone.extraction_settings
    said = make(prompt_template='a photo of {classes}', class_prompts={'couch': 'sofa'})
    assert said.prompt_of(['lamp', 'couch']) == 'a photo of a sofa and a lamp'
    prompts = [backbone.prompt_of(['lamp']), backbone.prompt_of(['chair', 'sofa'])]
    for both, first, second in zip(
        backbone(images, prompts), backbone(images[:1], prompts[:1]), backbone(images[1:], prompts[1:]), strict=True
    ):
        torch.testing.assert_close(both, torch.cat([first, second]), atol=1e-5, rtol=1e-4)
    lamp, chair_and_sofa = backbone(images, prompts)[-1][:, -3:].abs().amax((2, 3))
    assert (lamp > 0).tolist() == [False, False, True], 'a name that is not in the prompt has no attention'
    assert (chair_and_sofa > 0).tolist() == [True, True, False]


def test_the_cache_knows_prompts_apart(make, images, tmp_path):
    cached, plain = make(prompt_template='{classes}', cache=str(tmp_path)), make(prompt_template='{classes}')
    for prompt in ('a chair', 'a lamp', 'a chair'):
        for a, b in zip(cached(images, [prompt] * 2), plain(images, [prompt] * 2), strict=True):
            torch.testing.assert_close(a, b, atol=2e-2, rtol=1e-2)
