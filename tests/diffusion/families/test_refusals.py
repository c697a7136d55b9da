"""Generators that are not supported, or do not do what is asked, are told in one line."""

import json

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


def test_sana_sprint(tmp_path):
    torch.manual_seed(0)
    sana(sprint=True).save_pretrained(tmp_path)
    with pytest.raises(UserError, match='this is SANA-Sprint, whose few-step sampling is not supported: use SANA'):
        DiffusionModel.load(tmp_path)


@pytest.mark.parametrize('name', ['sana', 'pixart_sigma', 'sd3', 'sdxl', 'deepfloyd_if'])
def test_a_negative_prompt_matters(tmp_path, name):
    model = DiffusionModel.load(save(name, tmp_path))
    side = 8 * model.size_multiple
    plain, changed = (
        model.sample(['a dog'], seeds=[0], steps=2, guidance=3.0, negative_prompt=text, height=side, width=side)
        for text in ('', 'a red chair')
    )
    assert changed.isfinite().all() and not torch.allclose(plain, changed)
