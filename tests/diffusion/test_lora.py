"""A LoRA as diffusers' training scripts write it: it changes the weights, the samples and the fingerprint."""

import json

import pytest
import torch
from mmengine.config import Config

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate, load_recipe
from mmdatasetdm.registry import MODELS
from tests.diffusion.families.folders import MAKERS, save
from tests.diffusion.families.test_families import DECODER, RECIPE
from tests.generation.conftest import PIXELS

peft = pytest.importorskip('peft')


def write_lora(name: str, folder, *, part: str):
    """Trains nothing: adapters with random weights on the attention of the denoiser, saved as the scripts do."""
    torch.manual_seed(1)
    pipeline = MAKERS[name]()
    net = getattr(pipeline, part)
    net.add_adapter(peft.LoraConfig(r=2, init_lora_weights=False, target_modules=['to_q', 'to_k', 'to_v', 'to_out.0']))
    pipeline.save_lora_weights(folder, **{f'{part}_lora_layers': peft.utils.get_peft_model_state_dict(net)})
    return folder


@pytest.mark.parametrize(
    ('name', 'part'),
    [
        ('sd2', 'unet'),
        ('sdxl', 'unet'),
        ('sd3', 'transformer'),
        ('flux_dev', 'transformer'),
        ('sana', 'transformer'),
        ('sana_sprint', 'transformer'),
        ('deepfloyd_if', 'unet'),
    ],
)
def test_it_is_fused(tmp_path, name, part):
    folder = save(name, tmp_path / 'generator')
    lora = write_lora(name, tmp_path / 'lora', part=part)
    plain, tuned = DiffusionModel.load(folder), DiffusionModel.load(folder, lora=lora)
    assert DiffusionModel.load(folder, lora=lora / 'pytorch_lora_weights.safetensors') is tuned
    assert tuned is not plain and DiffusionModel.load(folder) is plain
    assert tuned.fingerprint != plain.fingerprint
    a, b = (model.sample(['a dog'], seeds=[0], steps=2, guidance=1) for model in (plain, tuned))
    assert b.isfinite().all() and not torch.allclose(a, b)
    network = getattr(tuned._denoiser, part)
    assert not any('lora' in key for key, _ in network.named_parameters()), 'fused, not beside the weights'
    assert not network.training and not any(p.requires_grad for p in network.parameters())


def test_it_may_be_the_distillation(tmp_path):
    """An LCM is also published as a LoRA: with one LCM's scheduler is let through, without any it is not."""
    folder = save('sd2', tmp_path / 'generator')
    lora = write_lora('sd2', tmp_path / 'lora', part='unet')
    options = dict(seeds=[0], steps=2, guidance=1, scheduler='LCMScheduler')
    assert DiffusionModel.load(folder, lora=lora).sample(['a dog'], **options).isfinite().all()
    with pytest.raises(UserError, match="the scheduler 'LCMScheduler' is for models that were distilled"):
        DiffusionModel.load(folder).sample(['a dog'], **options)


def test_mistakes_are_one_line(tmp_path):
    sd2, sdxl = save('sd2', tmp_path / 'sd2'), save('pixart_sigma', tmp_path / 'pixart')
    lora = write_lora('sdxl', tmp_path / 'lora', part='unet')
    (tmp_path / 'damaged.safetensors').write_bytes(b'no weights')
    for folder, given, message in (
        (sd2, tmp_path / 'nowhere', 'there is no .*nowhere'),
        (sd2, lora, 'does not fit this generator'),
        (sd2, tmp_path / 'damaged.safetensors', 'does not fit this generator'),
        (sdxl, lora, 'diffusers has none for generators of the family PixArt'),
    ):
        with pytest.raises(UserError, match=message) as error:
            DiffusionModel.load(folder, lora=given)
        assert '\n' not in str(error.value)


def test_a_recipe_names_it(tmp_path):
    """The decoder belongs to the tuned generator, and the recipe must name the same one."""
    folder = save('sd2', tmp_path / 'generator')
    lora = write_lora('sd2', tmp_path / 'lora', part='unet')
    config = tmp_path / 'decoder.py'
    config.write_text(
        DECODER.format(generator=str(folder), pixels=PIXELS).replace('timestep=1', f'timestep=1, lora={str(lora)!r}')
    )
    model = MODELS.build(Config.fromfile(config).model)
    meta = dict(dataset_meta=dict(classes=('background', 'chair', 'sofa'), palette=[[0, 0, 0], [9, 0, 0], [0, 9, 0]]))
    torch.save(dict(state_dict=model.state_dict(), meta=meta), tmp_path / 'decoder.pth')
    text = RECIPE.format(generator=str(folder), side=64, config=str(config), checkpoint=str(tmp_path / 'decoder.pth'))
    recipe = tmp_path / 'recipe.py'
    recipe.write_text(text + f'lora = {str(lora)!r}\n')
    generate(load_recipe(recipe), tmp_path / 'out', num=2)
    line = json.loads((tmp_path / 'out' / 'manifest.jsonl').read_text().splitlines()[0])
    assert line['generator'] == DiffusionModel.load(folder, lora=lora).fingerprint
    recipe.write_text(text)
    with pytest.raises(UserError, match='belongs to generator'):
        generate(load_recipe(recipe), tmp_path / 'without', num=2)
