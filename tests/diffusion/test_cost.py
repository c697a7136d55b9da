import pytest
from diffusers import PixArtTransformer2DModel

from mmdatasetdm.diffusion.architectures import Architecture
from mmdatasetdm.diffusion.cost import measure, measure_apart
from mmdatasetdm.diffusion.families import PixArt
from mmdatasetdm.errors import UserError


def small(layers: int) -> Architecture:
    config = dict(num_attention_heads=2, attention_head_dim=12, num_layers=layers, cross_attention_dim=24)
    config |= dict(caption_channels=32, norm_num_groups=4, sample_size=8, use_additional_conditions=False)
    return Architecture(
        family=PixArt, network=PixArtTransformer2DModel, config=config, tokens=20, width=32, masked=True
    )


def test_passes_are_measured():
    made = small(4).build(device='cpu')
    assert made.denoise(2).isfinite().all() and made.denoise(2).shape == (2, 4, 8, 8)
    cost = measure(small(4), device='cpu', batch=1, repeats=2)
    assert cost.denoise > 0 and cost.extract > 0 and cost.peak > made.parameters * 4


def test_weights_that_do_not_fit(monkeypatch):
    monkeypatch.setattr('os.sysconf', lambda name: 1)
    with pytest.raises(UserError, match=r'its weights take 0\.0 GB, and 0\.0 GB are free'):
        measure(small(4), device='cpu', batch=1, repeats=1)


def test_in_a_process_of_its_own():
    cost = measure_apart(small(4), device='cpu', batch=1, repeats=1)
    assert 0 < cost.denoise < 60 and cost.peak > 1e8, 'that of a process with torch'
