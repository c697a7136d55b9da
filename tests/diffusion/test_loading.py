import copy
import json
import re
import shutil

import httpx
import pytest
import torch
from huggingface_hub.errors import GatedRepoError
from safetensors.torch import load_file, save_file

from mmdatasetdm.diffusion import DiffusionModel, folder
from mmdatasetdm.diffusion.fingerprint import fingerprint
from mmdatasetdm.diffusion.folder import resolve
from mmdatasetdm.errors import UserError

PARTS = {'unet': 'diffusion_pytorch_model', 'vae': 'diffusion_pytorch_model', 'text_encoder': 'model'}


@pytest.fixture
def copied(toy_generator_folder, tmp_path):
    return shutil.copytree(toy_generator_folder, tmp_path / 'copy')


def test_two_copies_have_one_fingerprint(toy_generator_folder, copied):
    config = copied / 'unet' / 'config.json'
    settings = json.loads(config.read_text())
    config.write_text(json.dumps(settings | {'_name_or_path': 'elsewhere', '_diffusers_version': '9.9'}))
    assert fingerprint(copied) == fingerprint(toy_generator_folder)
    assert len(fingerprint(copied)) == 16


@pytest.mark.parametrize('part', PARTS)
def test_fingerprint_sees_one_changed_weight(toy_generator_folder, copied, part):
    path = copied / part / f'{PARTS[part]}.safetensors'
    weights = load_file(path)
    next(iter(weights.values())).view(-1)[0] += 1
    save_file(weights, path, metadata={'format': 'pt'})
    assert fingerprint(copied) != fingerprint(toy_generator_folder)


def test_fingerprint_sees_the_tokenizer(toy_generator_folder, copied):
    config = copied / 'tokenizer' / 'tokenizer_config.json'
    settings = json.loads(config.read_text())
    config.write_text(json.dumps(settings | {'name_or_path': 'elsewhere'}))
    assert fingerprint(copied) == fingerprint(toy_generator_folder), 'that says where it was saved'
    config.write_text(json.dumps(settings | {'model_max_length': 20}))
    shorter = fingerprint(copied)
    assert shorter != fingerprint(toy_generator_folder), 'texts are cut elsewhere'
    (copied / 'tokenizer' / 'tokenizer.json').write_text('{}')
    assert fingerprint(copied) != shorter


def test_fingerprint_sees_the_noise_schedule(toy_generator_folder, copied):
    path = copied / 'scheduler' / 'scheduler_config.json'
    path.write_text(json.dumps(json.loads(path.read_text()) | {'beta_end': 0.02}))
    assert fingerprint(copied) != fingerprint(toy_generator_folder)


def test_one_object_for_one_source(toy_generator_folder, toy_generator):
    assert DiffusionModel.load(str(toy_generator_folder), device='cpu', dtype=torch.float32) is toy_generator
    assert DiffusionModel.load(toy_generator_folder, dtype=torch.float64) is not toy_generator
    assert copy.deepcopy(toy_generator) is toy_generator


def test_it_is_frozen(toy_generator):
    denoiser = toy_generator._denoiser
    models = denoiser.unet, denoiser.images.vae, denoiser.text.model
    for model in models:
        assert not model.training
        assert not any(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize('infix', ['', '.fp16'])
def test_half_precision_folder_computes_in_float32(toy_generator, copied, infix):
    for part, stem in PARTS.items():
        path = copied / part / f'{stem}.safetensors'
        half = {name: weight.half() for name, weight in load_file(path).items()}
        path.unlink()
        save_file(half, path.with_name(f'{stem}{infix}.safetensors'), metadata={'format': 'pt'})
    loaded = DiffusionModel.load(copied)
    assert loaded.dtype == torch.float32
    latents = torch.randn(1, 16, 16, 16)
    ours, theirs = (g.extract_features(latents, ['a chair'], timestep=1) for g in (loaded, toy_generator))
    for stride in toy_generator.strides:
        torch.testing.assert_close(ours.pyramid[stride], theirs.pyramid[stride], atol=0.02, rtol=0.02)


def test_text_model_with_the_key_names_of_the_hub(toy_generator, copied):
    """Stable Diffusion 1.x was saved by an older transformers."""
    path = copied / 'text_encoder' / 'model.safetensors'
    old = {f'text_model.{name.removeprefix("text_model.")}': weight for name, weight in load_file(path).items()}
    save_file(old | {'text_model.embeddings.position_ids': torch.arange(32)[None]}, path, metadata={'format': 'pt'})
    hidden = DiffusionModel.load(copied).encode_text(['a dog']).hidden
    assert torch.equal(hidden, toy_generator.encode_text(['a dog']).hidden)


@pytest.mark.parametrize(
    'source, message',
    [
        ('./nowhere', "there is no generator folder './nowhere'"),
        ('nowhere', "there is no generator folder 'nowhere'"),
    ],
)
def test_absent_folder(source, message):
    with pytest.raises(UserError, match=message):
        resolve(source)


def test_absent_on_the_hub(monkeypatch):
    monkeypatch.setattr('huggingface_hub.constants.HF_HUB_OFFLINE', True)
    with pytest.raises(UserError, match=r'run `hf download no-such/generator`.* or copy its diffusers folder'):
        resolve('no-such/generator')


def test_gated_on_the_hub(monkeypatch):
    def refuse(*_, **__):
        raise GatedRepoError('no', response=httpx.Response(403, request=httpx.Request('GET', 'https://example.org')))

    monkeypatch.setattr(folder, 'snapshot_download', refuse)
    with pytest.raises(UserError, match=r'is gated: accept its licence on .*some/generator and run `hf auth login`'):
        resolve('some/generator')


def test_found_in_the_cache_of_the_hub(toy_generator_folder, tmp_path, monkeypatch):
    monkeypatch.setattr('huggingface_hub.constants.HF_HUB_OFFLINE', True)
    monkeypatch.setattr('huggingface_hub.constants.HF_HUB_CACHE', str(tmp_path))
    repository, commit = tmp_path / 'models--some--generator', '0' * 40
    shutil.copytree(toy_generator_folder, repository / 'snapshots' / commit)
    (repository / 'refs').mkdir()
    (repository / 'refs' / 'main').write_text(commit)
    assert resolve('some/generator') == repository / 'snapshots' / commit
    assert DiffusionModel.load('some/generator').fingerprint == fingerprint(toy_generator_folder)


@pytest.mark.skipif(torch.cuda.is_available(), reason='there is a GPU')
def test_no_gpu(toy_generator_folder):
    with pytest.raises(UserError, match="no GPU here for device 'cuda': use device 'cpu'"):
        DiffusionModel.load(toy_generator_folder, device='cuda')


@pytest.mark.skipif(not torch.cuda.is_available(), reason='there is no GPU')
def test_on_a_gpu_in_half_precision(toy_generator_folder, toy_generator):
    ours = DiffusionModel.load(toy_generator_folder, device='cuda')
    assert ours.dtype == torch.float16 and DiffusionModel.load(toy_generator_folder, device='cuda:0') is ours
    both = (ours, toy_generator)
    samples = [g.sample(['a chair'], seeds=[3], scheduler='DDPMScheduler', steps=3).cpu() for g in both]
    torch.testing.assert_close(*samples, atol=0.05, rtol=0.05)
    features = [
        g.extract_features(samples[1], ['a chair'], timestep=1, phrases=['chair'], with_uncond=True).to(
            'cpu', torch.float32
        )
        for g in both
    ]
    for stride in ours.strides:
        torch.testing.assert_close(*(f.pyramid[stride] for f in features), atol=0.05, rtol=0.05)


def test_folder_of_something_else(tmp_path):
    with pytest.raises(UserError, match=r'no model_index\.json'):
        resolve(tmp_path)


def test_unsupported_family(copied):
    (copied / 'model_index.json').write_text('{"transformer": ["diffusers", "SD3Transformer2DModel"]}')
    with pytest.raises(UserError, match='no generator of a supported family'):
        DiffusionModel.load(copied)


def test_folder_without_safetensors(copied):
    (copied / 'vae' / 'diffusion_pytorch_model.safetensors').unlink()
    with pytest.raises(UserError, match=r'has no vae/diffusion_pytorch_model\.safetensors'):
        DiffusionModel.load(copied)


def test_half_downloaded_weights(copied):
    path = copied / 'unet' / 'diffusion_pytorch_model.safetensors'
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(UserError, match='incomplete or damaged'):
        DiffusionModel.load(copied)


def test_flow_matching_generator_is_refused(copied):
    path = copied / 'scheduler' / 'scheduler_config.json'
    path.write_text(json.dumps(json.loads(path.read_text()) | {'prediction_type': 'flow_prediction'}))
    with pytest.raises(UserError, match="predicts 'flow_prediction'"):
        DiffusionModel.load(copied)


@pytest.mark.parametrize(
    ('name', 'content'),
    [
        ('model_index.json', '{"unet": ["diffusers"'),
        ('model_index.json', '[]'),
        ('model_index.json', '{"unet": "UNet2DConditionModel"}'),
        ('model_index.json', '{"unet": null}'),
        ('model_index.json', '\xff\0'),
        ('unet/config.json', '{'),
        ('unet/config.json', '[]'),
        ('unet/config.json', '{"_class_name": "UNet2DConditionModel", "block_out_channels": "many"}'),
        ('vae/config.json', '{"_class_name": "AutoencoderKL", "latent_channels": 3}'),
        ('text_encoder/config.json', '{"hidden_size": "wide"}'),
        ('scheduler/scheduler_config.json', '{"num_train_timesteps": "many"}'),
        ('scheduler/scheduler_config.json', '[]'),
        ('scheduler/scheduler_config.json', ''),
    ],
)
def test_damaged_configs_are_one_line(copied, name, content):
    (copied / name).write_text(content, encoding='latin-1')
    with pytest.raises(UserError, match=re.escape(str(copied))) as error:
        DiffusionModel.load(copied)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('part', PARTS)
def test_weights_that_are_not_finite(copied, part):
    path = copied / part / f'{PARTS[part]}.safetensors'
    weights = load_file(path)
    list(weights.values())[-1].view(-1)[0] = torch.nan
    save_file(weights, path, metadata={'format': 'pt'})
    with pytest.raises(UserError, match=rf"is damaged, copy it anew: {part}'s \S+ is not finite"):
        DiffusionModel.load(copied)


def without_tokenizer(folder):
    shutil.rmtree(folder)


def empty_tokenizer(folder):
    for file in folder.iterdir():
        file.unlink()


def other_tokenizer(folder):
    path = folder / 'tokenizer.json'
    settings = json.loads(path.read_text())
    settings['model']['vocab'] |= {f'word{i}</w>': 1000 + i for i in range(400)}
    path.write_text(json.dumps(settings))


def cut_tokenizer(folder):
    path = folder / 'tokenizer.json'
    settings = json.loads(path.read_text())
    settings['model']['merges'] = settings['model']['merges'][:10]
    path.write_text(json.dumps(settings))


@pytest.mark.parametrize(
    ('damage', 'words'),
    [
        (without_tokenizer, 'tokenizer/ has neither tokenizer.json nor vocab.json and merges.txt'),
        (empty_tokenizer, 'tokenizer/ has neither tokenizer.json nor vocab.json and merges.txt'),
        (other_tokenizer, r'its tokenizer has \d+ words, its text encoder \d+'),
        (cut_tokenizer, r'its tokenizer has 10 of \d+ merges'),
    ],
)
def test_a_tokenizer_that_is_not_the_text_encoders(copied, damage, words):
    damage(copied / 'tokenizer')
    with pytest.raises(UserError, match=words):
        DiffusionModel.load(copied)
