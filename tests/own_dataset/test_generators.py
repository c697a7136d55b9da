"""What decoders and recipes take from a generator."""

import pytest

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.errors import UserError
from mmdatasetdm.own_dataset.generators import local_folder, settings_of
from tests.diffusion.families.folders import save


@pytest.mark.parametrize(
    ('name', 'title', 'side', 'map_side', 'sampler'),
    [
        ('stable-diffusion-v1-5/stable-diffusion-v1-5', 'StableDiffusion', 512, 160, dict(guidance=7.5, steps=25)),
        ('stabilityai/stable-diffusion-2-1', 'StableDiffusion', 768, 240, dict(guidance=7.5)),
        ('stabilityai/sd-turbo', 'StableDiffusion', 512, 160, dict(guidance=0.0, steps=4)),
        ('stabilityai/stable-diffusion-xl-base-1.0', 'StableDiffusionXL', 1024, 320, dict(guidance=5.0)),
        ('stabilityai/sdxl-turbo', 'StableDiffusionXL', 512, 160, dict(scheduler='EulerDiscreteScheduler')),
        ('PixArt-alpha/PixArt-XL-2-512x512', 'PixArt', 512, 160, dict(guidance=4.5)),
        ('PixArt-alpha/PixArt-Sigma-XL-2-1024-MS', 'PixArt', 1024, 320, dict(guidance=4.5)),
        ('stabilityai/stable-diffusion-3.5-medium', 'StableDiffusion3', 1024, 320, dict(steps=28)),
        ('black-forest-labs/FLUX.1-dev', 'Flux', 1024, 320, dict(guidance=3.5, steps=28)),
        ('black-forest-labs/FLUX.1-schnell', 'Flux', 1024, 320, dict(guidance=0.0, steps=4)),
        ('Efficient-Large-Model/Sana_1600M_1024px_diffusers', 'Sana', 1024, 320, dict(guidance=4.5)),
        ('DeepFloyd/IF-I-M-v1.0', 'DeepFloydIF', 64, 64, dict(guidance=7.0)),
    ],
)
def test_hub_ids_are_known_by_their_names(name, title, side, map_side, sampler):
    found = settings_of(name)
    assert (found.title, found.side, found.map_side, found.seen) == (title, side, map_side, False)
    assert sampler.items() <= found.sampler.items()
    assert ('scheduler' in found.sampler) == (title not in ('Flux', 'StableDiffusion3', 'Sana'))


def test_a_folder_is_read(tmp_path):
    found = settings_of(str(save('sdxl', tmp_path / 'mine')))
    loaded = DiffusionModel.load(tmp_path / 'mine')
    assert (found.title, found.side, tuple(found.strides)) == ('StableDiffusionXL', loaded.image_size, loaded.strides)
    assert found.seen and found.map_side == 20 and found.upsample == (2.5,)


def test_the_features_of_patches_are_made_finer():
    assert settings_of('a/sana').upsample == (2, 2, 2.5) and settings_of('a/PixArt').upsample == (2, 2.5)


def test_what_is_no_generator(tmp_path):
    assert local_folder('nobody/nothing') is None
    with pytest.raises(UserError, match='is not a diffusers folder'):
        settings_of(str(tmp_path))
    with pytest.raises(UserError, match='there is no generator folder'):
        settings_of(str(tmp_path / 'nowhere'))
