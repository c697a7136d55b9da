"""Generators that are not supported, or do not do what is asked, are told in one line."""

import json
import shutil

import pytest
import torch

from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.errors import UserError
from tests.diffusion.families.folders import sana, save


def change(path, **settings):
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))


@pytest.mark.parametrize(
    ('name', 'config', 'settings', 'message'),
    [
        (
            'sdxl',
            'scheduler/scheduler_config.json',
            dict(_class_name='EDMDPMSolverMultistepScheduler'),
            'was trained with the noise levels of EDM, which are not supported',
        ),
        ('flux_dev', 'transformer/config.json', dict(in_channels=128), 'incomplete or damaged'),
        ('pixart_sigma', 'transformer/config.json', dict(num_layers=6), r'transformer lacks \d+ weights of its config'),
        ('pixart_sigma', 'text_encoder/config.json', dict(num_layers=3), r'text_encoder lacks \d+ weights of its'),
    ],
)
def test_an_unsupported_model(tmp_path, name, config, settings, message):
    change(save(name, tmp_path) / config, **settings)
    with pytest.raises(UserError, match=message) as error:
        DiffusionModel.load(tmp_path)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('sprint', [True, False])
def test_sana_with_the_scheduler_of_the_other_kind(tmp_path, sprint):
    torch.manual_seed(0)
    pipeline, other = sana(sprint=sprint), sana(sprint=not sprint)
    pipeline.register_modules(scheduler=other.scheduler)
    pipeline.save_pretrained(tmp_path)
    with pytest.raises(UserError, match=f'is of SANA{"-Sprint" if sprint else ""}, which its scheduler is not made'):
        DiffusionModel.load(tmp_path)


@pytest.mark.parametrize('scheduler', ['LCMScheduler', 'TCDScheduler'])
def test_schedulers_of_few_steps_are_for_distilled_models(tmp_path, scheduler):
    """A model that was never distilled gives mud with them, and no error."""
    model = DiffusionModel.load(save('sdxl', tmp_path / 'sdxl'))
    with pytest.raises(UserError, match=f"scheduler '{scheduler}' is for models that were distilled to few steps"):
        model.sample(['a dog'], seeds=[0], scheduler=scheduler, height=64, width=64)
    change(tmp_path / 'sdxl/scheduler/scheduler_config.json', _class_name=scheduler)
    shutil.copytree(tmp_path / 'sdxl', tmp_path / 'said')
    said = DiffusionModel.load(tmp_path / 'said')
    assert said.sample(['a dog'], seeds=[0], steps=2, scheduler=scheduler, height=64, width=64).isfinite().all()


@pytest.mark.parametrize('name', ['sana', 'pixart_sigma', 'sd3', 'sdxl', 'deepfloyd_if'])
def test_a_negative_prompt_matters(tmp_path, name):
    model = DiffusionModel.load(save(name, tmp_path))
    side = 8 * model.size_multiple
    plain, changed = (
        model.sample(['a dog'], seeds=[0], steps=2, guidance=3.0, negative_prompt=text, height=side, width=side)
        for text in ('', 'a red chair')
    )
    assert changed.isfinite().all() and not torch.allclose(plain, changed)
