import pytest
import torch

from mmdatasetdm.errors import UserError
from mmdatasetdm.models.backbones.feature_cache import FeatureCache

SETTINGS = {'generator': 'abc', 'timestep': 1}


def tensors() -> list[torch.Tensor]:
    return [torch.arange(6.0).view(1, 2, 3) / 3, torch.ones(2)]


@pytest.mark.parametrize('where', ['memory', 'folder'])
def test_the_first_use_equals_every_later_one(where, tmp_path):
    cache = FeatureCache(where=where if where == 'memory' else str(tmp_path / 'cache'), settings=SETTINGS)
    assert cache.get('aa11') is None
    first, later = cache.put('aa11', tensors()), cache.get('aa11')
    assert [tensor.dtype for tensor in first] == [torch.float16] * 2
    assert all(torch.equal(a, b) for a, b in zip(first, later, strict=True))
    torch.testing.assert_close(later[0].float(), tensors()[0], atol=1e-3, rtol=1e-3)


def test_another_training_finds_what_this_one_stored_but_not_under_other_settings(tmp_path):
    FeatureCache(where=str(tmp_path), settings=SETTINGS).put('aa11', tensors())
    assert FeatureCache(where=str(tmp_path), settings=dict(SETTINGS)).get('aa11') is not None
    assert FeatureCache(where=str(tmp_path), settings={**SETTINGS, 'timestep': 2}).get('aa11') is None


def test_a_damaged_file_is_made_again(tmp_path):
    cache = FeatureCache(where=str(tmp_path), settings=SETTINGS)
    cache.put('aa11', tensors())
    (path,) = tmp_path.rglob('*.safetensors')
    path.write_bytes(path.read_bytes()[:20])
    assert cache.get('aa11') is None
    cache.put('aa11', tensors())
    assert cache.get('aa11') is not None


def test_a_write_that_fails_stops_the_writing_not_the_training(tmp_path):
    cache = FeatureCache(where=str(tmp_path), settings=SETTINGS)
    (cache.folder / 'aa').write_text('a file where a folder must be')
    assert len(cache.put('aa11', tensors())) == 2
    cache.put('bb22', tensors())
    assert list(tmp_path.rglob('*.safetensors')) == []


def test_a_folder_that_cannot_be_is_named(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(UserError, match=r'feature cache .*file: .*; set model.backbone.cache to a writable folder'):
        FeatureCache(where=str(tmp_path / 'file'), settings=SETTINGS)


def test_keys_tell_images_apart():
    image = torch.rand(3, 8, 8) * 2 - 1
    other = image.clone()
    other[0, 0, 0] = -image[0, 0, 0]
    assert FeatureCache.key(image) == FeatureCache.key(image.clone())
    assert FeatureCache.key(image) != FeatureCache.key(other)
    assert FeatureCache.key(image) != FeatureCache.key(image.view(3, 4, 16))
