"""The transformer beside the UNet trains on the same latents, resumes, and is a PixArt folder that decoders read."""

import argparse

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

import mmdatasetdm.models  # noqa: F401
from mmdatasetdm.diffusion import DiffusionModel
from mmdatasetdm.registry import MODELS
from projects.toyroom import autoencoder, pilots, train_generator, transformer

DECODER = 'configs/datasetdm/datasetdm_toyroom_semantic-phrase-20shot_1xb8-300iters_toyroom-128x128.py'


@pytest.fixture(scope='module')
def beside(trained, tmp_path_factory) -> argparse.Namespace:
    """The transformer's training in the folder of the UNet's, with a net of two blocks."""
    changes = dict(denoiser='transformer', out=tmp_path_factory.mktemp('transformer') / 'generator')
    args = argparse.Namespace(**{**vars(trained), **changes})
    net = transformer.build_transformer(width=64, layers=2, patch=1)
    trainer = train_generator.Trainer(args, net=net)
    before = {name: value.clone() for name, value in trainer.nets.named_parameters()}
    trainer.run()
    same = [name for name, value in trainer.nets.named_parameters() if torch.equal(value, before[name])]
    assert not [name for name in same if 'attn2' not in name], 'all is trained; the text opens with the second step'
    return args


def test_it_goes_on_beside_the_unet(trained, beside):
    assert (beside.work / 'transformer.pt').is_file() and (beside.work / 'diffusion.pt').is_file()
    first, second = (
        train_generator.Trainer(beside, net=transformer.build_transformer(width=64, layers=2, patch=1))
        for _ in range(2)
    )
    assert first.step == 2 and train_generator.Trainer(trained).step == 2
    assert first.loss(2).item() == second.loss(2).item()


def test_what_it_leaves_is_read_as_pixart(beside):
    generator = DiffusionModel.load(beside.out)
    assert type(generator._denoiser).__name__ == 'PixArt'
    assert generator.image_size == 128 and generator.strides == (8, 16, 32)
    latents = generator.sample(['a red chair'], seeds=[0], steps=2, guidance=2)
    assert latents.shape == (1, autoencoder.LATENT, 16, 16) and latents.isfinite().all()
    assert generator.missing_phrases('a red chair, a dog', ['chair', 'dog', 'sofa']) == ['sofa']


def test_a_text_is_read_in_training_as_in_generation(beside):
    """Padded to 32 tokens there, to PixArt's 120 here: the padding is not attended to."""
    trainer = train_generator.Trainer(beside, net=transformer.build_transformer(width=64, layers=2, patch=1))
    generator = DiffusionModel.load(beside.out)
    x, t, texts = torch.randn(2, autoencoder.LATENT, 16, 16), torch.tensor(500), ['a dog and a ball', '']
    nets = trainer.ema.half().float()  # as it was saved
    with torch.no_grad():
        net, text = nets.values()
        ours = trainer.parts.denoise(net, x, t.expand(2), *trainer.parts.encode(text, trainer.tokens(texts)))
        theirs = generator._denoiser.predict(x, t, generator.encode_text(texts))
    assert ours.abs().max() > 0
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-3)


def test_a_decoder_reads_it(beside):
    config = Config.fromfile(DECODER)
    init_default_scope(config.default_scope)
    config.model.backbone.update(generator=str(beside.out), cache=None)
    model = MODELS.build(config.model)
    features = model.backbone(torch.rand(1, 3, 128, 128) * 2 - 1)
    assert [level.shape[-1] for level in features] == [16, 8, 4]
    model.decode_head(features)


def test_it_goes_on_from_a_generator(beside, tmp_path):
    args = argparse.Namespace(**{**vars(beside), 'work': tmp_path, 'init': beside.out, 'out': None})
    autoencoder.encode_pool(args)
    trainer = train_generator.Trainer(args)
    assert trainer.step == 0 and pilots.millions(trainer.nets['transformer']) < 0.5
    assert trainer.loss(0).isfinite()
