"""A family of generators from another package: one file that the recipe names, and nothing of this package changes."""

import sys

import pytest
import torch
from diffusers import DDIMScheduler, DiffusionPipeline
from mmengine.config import Config
from transformers import CLIPTextModelWithProjection

import mmdatasetdm.models  # noqa: F401
from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.diffusion.families import Denoiser
from mmdatasetdm.diffusion.folder import family_of, read_index
from mmdatasetdm.diffusion.loading import load_finders
from mmdatasetdm.errors import UserError
from mmdatasetdm.generation import generate, load_recipe
from mmdatasetdm.registry import GENERATOR_FAMILIES, MODELS
from tests.diffusion.families.folders import NOISE, unet
from tests.diffusion.families.test_families import DECODER, RECIPE
from tests.diffusion.families.text_parts import clip
from tests.generation.conftest import PIXELS

FAMILY = '''
"""Pixels of 16 x 16 from CLIP's projected text encoder: no family of mmdatasetdm."""

from mmdatasetdm.diffusion.families.clip import clip_finder
from mmdatasetdm.diffusion.families.codecs import PixelCodec
from mmdatasetdm.diffusion.families.unet import UNetDenoiser
from mmdatasetdm.diffusion.text_encoder import TextEmbedding, TextEncoder
from mmdatasetdm.registry import GENERATOR_FAMILIES


class ProjectedText(TextEncoder):
    def __init__(self, finder, *, model):
        self.model = model
        super().__init__(finder)

    def compute(self, texts):
        ids = self.finders[0].ids(texts)
        return TextEmbedding(hidden=self.model(input_ids=ids).last_hidden_state, token_ids=ids)


@GENERATOR_FAMILIES.register_module()
class PixelUNet(UNetDenoiser):
    components = dict(
        unet=('UNet2DConditionModel',),
        text_encoder=('CLIPTextModelWithProjection',),
        tokenizer=('CLIPTokenizer', 'CLIPTokenizerFast'),
    )

    @classmethod
    def from_parts(cls, parts):
        family = cls.from_network(parts.models['unet'])
        family.text = ProjectedText(*cls.finders(parts), model=parts.models['text_encoder'])
        family.images = PixelCodec()
        return family
'''
FINDERS = """
    @classmethod
    def finders(cls, parts):
        return [clip_finder(parts)]
"""


class PixelPipeline(DiffusionPipeline):
    """It has the parts, and is never called."""

    def __init__(self, unet, text_encoder, tokenizer, scheduler):
        super().__init__()
        self.register_modules(unet=unet, text_encoder=text_encoder, tokenizer=tokenizer, scheduler=scheduler)


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """``outside(text)``: a module of that text, and the folder of a generator; both are gone after the test."""
    monkeypatch.syspath_prepend(tmp_path)
    torch.manual_seed(0)
    net = unet(in_channels=3, out_channels=3, sample_size=16)
    PixelPipeline(net, scheduler=DDIMScheduler(**NOISE), **clip(CLIPTextModelWithProjection)).save_pretrained(
        tmp_path / 'generator'
    )

    def write(text):
        (tmp_path / 'my_family.py').write_text(text)
        return tmp_path / 'generator'

    yield write
    GENERATOR_FAMILIES.module_dict.pop('PixelUNet', None)
    sys.modules.pop('my_family', None)


def test_its_images_are_generated_and_labelled(outside, tmp_path):
    folder = outside(FAMILY + FINDERS)
    with pytest.raises(UserError, match='its parts make no generator of a supported family'):
        DiffusionModel.load(folder)
    imports = "custom_imports = dict(imports=['my_family'])\n"
    config = tmp_path / 'decoder.py'
    decoder = DECODER.format(generator=str(folder), pixels=PIXELS)
    config.write_text(decoder.replace("['mmdatasetdm']", "['mmdatasetdm', 'my_family']"))
    model = MODELS.build(Config.fromfile(config).model)
    meta = dict(dataset_meta=dict(classes=('background', 'chair', 'sofa'), palette=[[0, 0, 0], [9, 0, 0], [0, 9, 0]]))
    torch.save(dict(state_dict=model.state_dict(), meta=meta), tmp_path / 'decoder.pth')
    files = dict(generator=str(folder), config=str(config), checkpoint=str(tmp_path / 'decoder.pth'))
    (tmp_path / 'recipe.py').write_text(imports + RECIPE.format(side=16, **files))
    generate(load_recipe(tmp_path / 'recipe.py'), tmp_path / 'out', num=2)
    assert len(list((tmp_path / 'out').glob('SegmentationClass/*.png'))) == 2
    (finder,) = load_finders(folder, family=family_of(read_index(folder), folder))
    assert finder.max_tokens == 20


def test_it_must_say_its_levels():
    with pytest.raises(UserError, match='the generator family Denoiser must define levels_of'):
        Denoiser.levels_of({})


def test_it_must_say_how_it_reads_texts(outside):
    folder = outside(FAMILY)
    __import__('my_family')
    with pytest.raises(UserError, match='the generator family PixelUNet must define finders'):
        load_finders(folder, family=family_of(read_index(folder), folder))
